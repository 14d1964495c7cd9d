// The text of an invitation: short, hard to mistype without notice, and hostile texts told apart.

import fc from "fast-check";
import { expect, test } from "vitest";
import { GlowError } from "#base/errors.ts";
import { identityLimits } from "#base/limits.ts";
import type { Address } from "#glow";
import { crypto, Story } from "../../../test/identity/cast.ts";
import { type InvitationCode, readInvitation, writeInvitation } from "./invitation-code.ts";
import { invitationId, invitationKey } from "./invitation-secret.ts";

const story = new Story();
const code: InvitationCode = {
  user: story.user,
  issuer: story.first.identity.id,
  secret: Uint8Array.from({ length: 16 }, (_, i) => i * 7),
  role: "device",
  expiresMs: 1_800_000_000_000,
  addresses: ["ws://192.168.178.20:4711" as Address],
  relays: [],
};

function kindOf(text: string): string {
  try {
    readInvitation(crypto, text);
    return "fine";
  } catch (error) {
    return error instanceof GlowError ? error.kind : "no error of ours";
  }
}

test("comes back as it was, from either case and with breaks in it, and is short", () => {
  const text = writeInvitation(crypto, code);
  expect(text).toMatch(/^glow1[a-z2-7]+$/);
  expect(text.length).toBeLessThan(200);
  expect(readInvitation(crypto, text)).toEqual(code);
  const broken = text.toUpperCase().replace(/.{5}/g, "$& ").replace(/.{40}/g, "$&-\n");
  expect(readInvitation(crypto, ` ${broken}`)).toEqual(code);
});

test("identityLimits.invitationAddresses and identityLimits.addressBytes: up to that many are held, and no longer ones", () => {
  const { invitationAddresses, addressBytes } = identityLimits;
  const address = `ws://${"a".repeat(addressBytes - 5)}` as Address;
  for (const count of [0, invitationAddresses]) {
    const many = { ...code, role: "tab" as const, addresses: Array.from({ length: count }, () => address) };
    const over = { ...code, relays: many.addresses };
    expect(readInvitation(crypto, writeInvitation(crypto, over))).toEqual(over);
    expect(readInvitation(crypto, writeInvitation(crypto, many))).toEqual(many);
  }
  const tooMany = Array.from({ length: invitationAddresses + 1 }, () => address);
  expect(() => writeInvitation(crypto, { ...code, addresses: tooMany })).toThrow(/more than 4 addresses/);
  const tooLong = [`${address}a` as Address];
  expect(() => writeInvitation(crypto, { ...code, addresses: tooLong })).toThrow(/more than 255 bytes/);
  expect(() => writeInvitation(crypto, { ...code, expiresMs: 2 ** 32 * 1000 })).toThrow(/2106/);
});

test("a changed, missing or added character is noticed", () => {
  const text = writeInvitation(crypto, code);
  fc.assert(
    fc.property(fc.nat(text.length - 6), fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz234567"), (at, character) => {
      const i = at + 5;
      if (text[i] === character) return;
      expect(kindOf(text.slice(0, i) + character + text.slice(i + 1))).toBe("corrupt");
      expect(kindOf(text.slice(0, i) + text.slice(i + 1))).toBe("corrupt");
      expect(kindOf(text.slice(0, i) + character + text.slice(i))).toBe("corrupt");
    }),
  );
  expect(kindOf(text.slice(0, 100))).toBe("corrupt");
});

test("what is no invitation, or longer than identityLimits.invitationCodeLength, is told apart from a mistyped one, and nothing gets through", () => {
  expect([kindOf(""), kindOf("https://example.org"), kindOf("glow2abc")]).toEqual(["invalid", "invalid", "invalid"]);
  expect([kindOf("glow1"), kindOf("glow10"), kindOf("glow1ſ")]).toEqual(["corrupt", "corrupt", "corrupt"]);
  expect(kindOf(`glow1${"a".repeat(identityLimits.invitationCodeLength)}`)).toBe("invalid");
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(["invalid", "corrupt"]).toContain(kindOf(`glow1${text}`));
    }),
  );
});

test("a role that is not known is one of a newer Glow, never more than device", () => {
  const other = writeInvitation(crypto, { ...code, role: "admin" as "device" });
  expect(kindOf(other)).toBe("unsupported");
});

test("id and key are those of the vectors, and say nothing of each other", () => {
  expect(invitationId(crypto, code.secret).toHex()).toBe("20851c7184cce0431670c0581ffaba4e");
  expect(invitationKey(crypto, code.secret).toHex()).toBe(
    "13cbabac5b1af85801b44adbd9a3aa6b2ddf4f5526a694d8a5fb60a92d55722f",
  );
});
