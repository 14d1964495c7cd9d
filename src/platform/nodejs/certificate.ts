// X.509 certificates (RFC 5280) as this machine makes them: that of an authority which may vouch for names of a local network
// and nothing else, and those of a server there. Keys are on P-256, signatures ECDSA with SHA-256.

import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { BlockList, isIPv6 } from "node:net";
import { bits, explicit, implicit, integer, objectId, octets, sequence, set, text, time, truth } from "./der.ts";

/** The names for which the authority can vouch: those which no domain on the internet has. */
export const permittedNames = ["local", "home.arpa", "internal", "localhost"] as const;

/** Addresses for which it can: those of this machine and of private networks (RFC 1918, 3927, 4193, 6598). */
const permittedNetworks = [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["::1", 128],
  ["fc00::", 7],
] as const;

const permitted = new BlockList();
for (const [network, prefix] of permittedNetworks) {
  permitted.addSubnet(network, prefix, isIPv6(network) ? "ipv6" : "ipv4");
}

const oids = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  organization: "2.5.4.10",
  commonName: "2.5.4.3",
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectNames: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  authorityKeyId: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuthentication: "1.3.6.1.5.5.7.3.1",
} as const;

/** Of a name in a certificate. */
const dnsName = 2;
const ipAddress = 7;

export interface Validity {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Whether an address is of this machine or of a private network. */
export function isPrivateAddress(address: string): boolean {
  return permitted.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** Whether a name ends as those do which nobody on the internet has. */
export function isPrivateName(name: string): boolean {
  return permittedNames.some((end) => name === end || name.endsWith(`.${end}`));
}

/** In PEM. `name` is for people, who have to find it in a list. */
export function authorityCertificate(key: KeyObject, name: string, validity: Validity): string {
  const own = distinguishedName(name);
  return signed(key, own, own, spkiOf(key), validity, [
    extension(oids.basicConstraints, sequence(truth(), integer(Uint8Array.of(0))), true),
    // keyCertSign is bit 5.
    extension(oids.keyUsage, bits(Uint8Array.of(0b0000_0100), 2), true),
    extension(oids.extendedKeyUsage, sequence(objectId(oids.serverAuthentication))),
    extension(oids.nameConstraints, sequence(explicit(0, ...permittedSubtrees())), true),
    extension(oids.subjectKeyId, octets(keyId(spkiOf(key)))),
  ]);
}

/** In PEM, of a server of these names and addresses whose key is `subject`. */
export function serverCertificate(
  authority: { readonly key: KeyObject; readonly name: string },
  subject: KeyObject,
  names: readonly string[],
  addresses: readonly string[],
  validity: Validity,
): string {
  const spki = spkiOf(subject);
  const alternatives = [
    ...names.map((name) => implicit(dnsName, Buffer.from(name, "ascii"))),
    ...addresses.map((address) => implicit(ipAddress, addressBytes(address))),
  ];
  return signed(authority.key, distinguishedName(authority.name), distinguishedName("Glow"), spki, validity, [
    extension(oids.basicConstraints, sequence(), true),
    // digitalSignature is bit 0.
    extension(oids.keyUsage, bits(Uint8Array.of(0b1000_0000), 7), true),
    extension(oids.extendedKeyUsage, sequence(objectId(oids.serverAuthentication))),
    extension(oids.subjectNames, sequence(...alternatives)),
    extension(oids.subjectKeyId, octets(keyId(spki))),
    extension(oids.authorityKeyId, sequence(implicit(0, keyId(spkiOf(authority.key))))),
  ]);
}

function signed(
  key: KeyObject,
  issuer: Uint8Array,
  subject: Uint8Array,
  spki: Uint8Array,
  { fromMs, untilMs }: Validity,
  extensions: readonly Uint8Array[],
): string {
  const algorithm = sequence(objectId(oids.ecdsaWithSha256));
  const body = sequence(
    explicit(0, integer(Uint8Array.of(2))),
    integer(randomBytes(16)),
    algorithm,
    issuer,
    sequence(time(fromMs), time(untilMs)),
    subject,
    spki,
    explicit(3, sequence(...extensions)),
  );
  const certificate = sequence(body, algorithm, bits(sign("sha256", body, key)));
  const lines =
    Buffer.from(certificate)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function extension(oid: string, content: Uint8Array, critical = false): Uint8Array {
  return sequence(objectId(oid), ...(critical ? [truth()] : []), octets(content));
}

function distinguishedName(name: string): Uint8Array {
  const part = (oid: string, words: string): Uint8Array => set(sequence(objectId(oid), text(words)));
  return sequence(part(oids.organization, "Glow"), part(oids.commonName, name));
}

function permittedSubtrees(): Uint8Array[] {
  return [
    ...permittedNames.map((name) => sequence(implicit(dnsName, Buffer.from(name, "ascii")))),
    ...permittedNetworks.map(([network, prefix]) => {
      const bytes = addressBytes(network);
      return sequence(implicit(ipAddress, Buffer.concat([bytes, maskBytes(bytes.length, prefix)])));
    }),
  ];
}

function maskBytes(length: number, prefix: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => 0xff & ~(0xff >> Math.min(8, Math.max(0, prefix - 8 * at))));
}

/** 4 or 16 bytes. */
function addressBytes(address: string): Uint8Array {
  if (!isIPv6(address)) return Uint8Array.from(address.split("."), Number);
  const [head = "", tail] = address.split("::");
  const groups = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((each) => Number.parseInt(each, 16));
  const [first, last] = [groups(head), groups(tail ?? "")];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => 0);
  return Uint8Array.from([...first, ...zeros, ...last].flatMap((group) => [group >> 8, group & 0xff]));
}

function spkiOf(key: KeyObject): Buffer {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return publicKey.export({ type: "spki", format: "der" });
}

/** RFC 7093, method 1: of the key's bits, which are the last 65 bytes of one on P-256. */
function keyId(spki: Uint8Array): Uint8Array {
  return createHash("sha256").update(spki.subarray(-65)).digest().subarray(0, 20);
}
