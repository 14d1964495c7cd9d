// What is chosen of an offer, and what can be read of it again.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes, toHex } from "#base/bytes.ts";
import { type Suite, suites } from "#base/suites.ts";
import { choose, decodeChoice, encodeChoice, encodeRefusal } from "./choice.ts";
import { decodeFirstMessage, encodeOffer, type Offer } from "./offer.ts";

const aeadSuites = ["aes-256-gcm", "chacha20-poly1305"] as const;
const tags = aeadSuites.map((suite) => suites[suite].tag);
const version = fc.integer({ min: 1, max: 0xffff });
const versions = fc.array(version, { minLength: 1, maxLength: 8 });

function offerOf(versionsOffered: readonly number[], suiteTags: readonly number[] = tags): Offer {
  return { purpose: "link", versions: versionsOffered, suiteTags };
}

test.each([
  [[1], [1], 1],
  [[1, 2, 3], [2, 1], 2],
  [[3, 2], [1, 2, 3], 3],
  [[1], [2], "version"],
  // Who offers 0 must not be taken at its word: it reads as a refusal.
  [[0], [0, 1], "version"],
])("of versions %j and %j: %s", (theirs, own, chosen) => {
  const choice = choose(offerOf(theirs), own, aeadSuites);
  expect(typeof choice === "string" ? choice : choice.version).toBe(chosen);
});

test("who speaks first and who second makes no difference, as long as their first suites do not", () => {
  const own = fc.shuffledSubarray([...aeadSuites], { minLength: 1 });
  fc.assert(
    fc.property(own, own, versions, versions, (first, second, older, newer) => {
      const tagsOf = (list: readonly Suite<"aead">[]) => list.map((suite) => suites[suite].tag);
      const one = choose(offerOf(older, tagsOf(first)), newer, second);
      expect(one).toEqual(choose(offerOf(newer, tagsOf(second)), older, first));
    }),
  );
});

test("an offer comes back as it was, whatever else a later version puts into its lists", () => {
  const offer = fc.record({
    purpose: fc.constantFrom("link" as const, "session" as const),
    versions,
    suiteTags: fc.array(fc.maxSafeNat(), { minLength: 1, maxLength: 8 }),
  });
  const invitation = fc.option(fc.uint8Array({ minLength: 16, maxLength: 16 }), { nil: undefined });
  fc.assert(
    fc.property(offer, invitation, fc.uint8Array({ minLength: 32, maxLength: 32 }), (given, id, key) => {
      const whole = { ...given, ...(id === undefined ? {} : { invitation: id }) };
      const negotiation = encodeOffer(whole);
      const read = decodeFirstMessage(concatBytes([negotiation, key]));
      expect(read).toEqual({ offer: whole, negotiation, ephemeral: key });
    }),
  );
});

test("a choice comes back as it was, with what follows it", () => {
  fc.assert(
    fc.property(version, fc.constantFrom(...aeadSuites), fc.uint8Array(), (chosen, suite, rest) => {
      const bytes = encodeChoice({ version: chosen, suite });
      const read = decodeChoice(concatBytes([bytes, rest]), [chosen], aeadSuites);
      expect(read).toEqual({ choice: { version: chosen, suite }, bytes, rest });
    }),
  );
});

test("the bytes are those of the layout", () => {
  const key = new Uint8Array(32);
  const first = concatBytes([encodeOffer({ ...offerOf([1, 0x0203]), invitation: new Uint8Array(16).fill(9) }), key]);
  const expected = ["474c4f57", "01", "02", "0100", "0302", "02", "8040", "80c002", "10", "09".repeat(16), toHex(key)];
  expect(toHex(first)).toBe(expected.join(""));
  expect(toHex(encodeChoice({ version: 1, suite: "chacha20-poly1305" }))).toBe("010080c002");
  expect(toHex(encodeRefusal("suite"))).toBe("000002");
});
