// The part of an answer that is a record inside the record it answers with.

import type { Answer } from "./stub.ts";

/** Internal, for generated pipelines. The field with this number, which `pick` takes out of the whole when it comes. */
export function answerPart<Whole>(answer: Answer, field: number, pick: (whole: Whole) => unknown): Answer {
  return {
    value: () => answer.value().then((whole) => pick(whole as Whole)),
    at: (path) => answer.at([field, ...path]),
    // What the part holds is the whole's, and is released with it.
    release: () => {},
  };
}
