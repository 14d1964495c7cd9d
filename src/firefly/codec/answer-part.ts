// The part of an answer that is a record inside the record it answers with.

import type { Answer } from "./stub.ts";

/** Internal, for generated pipelines: the record in the field with this number and name. */
export function answerPart(answer: Answer, field: number, name: string): Answer {
  return {
    value: () => answer.value().then((whole) => Reflect.get(whole as object, name)),
    at: (path) => answer.at([field, ...path]),
    // What the part holds is the whole's, and is released with it.
    release: () => {},
  };
}
