// X.509 certificates (RFC 5280) as this machine makes them: that of an authority which may vouch for names of a local network
// and nothing else, and those of a server there. Keys are on P-256, signatures ECDSA with SHA-256.

import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { BlockList, isIPv6 } from "node:net";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  NameConstraints,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity as CertificateValidity,
  Version,
} from "@peculiar/asn1-x509";

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

const ecdsaWithSha256 = new AlgorithmIdentifier({ algorithm: "1.2.840.10045.4.3.2" });
const organization = "2.5.4.10";
const commonName = "2.5.4.3";

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
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
    extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign), true),
    extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth])),
    extension(id_ce_nameConstraints, new NameConstraints({ permittedSubtrees: permittedSubtrees() }), true),
    extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyId(spkiOf(key)))),
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
    ...names.map((dNSName) => new GeneralName({ dNSName })),
    ...addresses.map((iPAddress) => new GeneralName({ iPAddress })),
  ];
  const keyIdentifier = new KeyIdentifier(keyId(spkiOf(authority.key)));
  return signed(authority.key, distinguishedName(authority.name), distinguishedName("Glow"), spki, validity, [
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: false }), true),
    extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), true),
    extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth])),
    extension(id_ce_subjectAltName, new SubjectAlternativeName(alternatives)),
    extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyId(spki))),
    extension(id_ce_authorityKeyIdentifier, new AuthorityKeyIdentifier({ keyIdentifier })),
  ]);
}

function signed(
  key: KeyObject,
  issuer: Name,
  subject: Name,
  spki: Buffer,
  { fromMs, untilMs }: Validity,
  extensions: Extension[],
): string {
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: serialNumber(),
    signature: ecdsaWithSha256,
    issuer,
    validity: new CertificateValidity({ notBefore: new Date(fromMs), notAfter: new Date(untilMs) }),
    subject,
    subjectPublicKeyInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
    extensions: new Extensions(extensions),
  });
  const signature = sign("sha256", Buffer.from(AsnConvert.serialize(tbsCertificate)), key);
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: ecdsaWithSha256,
    signatureValue: new Uint8Array(signature).buffer,
  });
  const lines =
    Buffer.from(AsnConvert.serialize(certificate))
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** 126 bits: positive, and in as many bytes each time (RFC 5280, 4.1.2.2). */
function serialNumber(): ArrayBuffer {
  const bytes = new Uint8Array(randomBytes(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.buffer;
}

function extension(extnID: string, value: unknown, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function distinguishedName(name: string): Name {
  const part = (type: string, utf8String: string): RelativeDistinguishedName => {
    return new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String }) }),
    ]);
  };
  return new Name([part(organization, "Glow"), part(commonName, name)]);
}

function permittedSubtrees(): GeneralSubtrees {
  return new GeneralSubtrees(
    [
      ...permittedNames.map((dNSName) => new GeneralName({ dNSName })),
      ...permittedNetworks.map(([network, prefix]) => new GeneralName({ iPAddress: `${network}/${prefix}` })),
    ].map((base) => new GeneralSubtree({ base })),
  );
}

function spkiOf(key: KeyObject): Buffer {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return publicKey.export({ type: "spki", format: "der" });
}

/** RFC 7093, method 1: of the key's bits, which are the last 65 bytes of one on P-256. */
function keyId(spki: Uint8Array): Buffer {
  return createHash("sha256").update(spki.subarray(-65)).digest().subarray(0, 20);
}
