// The authority of one installation: a key that never leaves its home, and which vouches for this machine's page on a local
// network and for nothing else. Whoever trusts its certificate trusts that.
//
//   page-authority/key.pem          PKCS #8, mode 0600
//   page-authority/certificate.pem  what browsers are to trust; made again of the key if it is lost
//
// The keys of the server are in memory only: a certificate for them is made at each start, and whenever it is about to end.

import { createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID, X509Certificate } from "node:crypto";
import { chmod, mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { GlowError } from "#base/errors.ts";
import { webLimits } from "#base/limits.ts";
import type { PageAuthority, ServerIdentity } from "../http.ts";
import { authorityCertificate, isPrivateAddress, isPrivateName, serverCertificate } from "./certificate.ts";
import { fileSystemError } from "./file-system-error.ts";

const folderName = "page-authority";
const keyName = "key.pem";
const certificateName = "certificate.pem";
/** A clock that is behind still takes what was made just now. */
const backdatedMs = 86_400_000;
const authorityMs = 10 * 365 * 86_400_000;

export class CertificateAuthority implements PageAuthority {
  readonly certificate: Uint8Array;
  readonly fingerprint: string;
  readonly name: string;
  readonly #key: KeyObject;
  readonly #pem: string;

  private constructor(key: KeyObject, certificate: string) {
    const parsed = new X509Certificate(certificate);
    this.#key = key;
    this.#pem = certificate;
    this.certificate = parsed.raw;
    this.fingerprint = parsed.fingerprint256;
    this.name = /^CN=(.*)$/m.exec(parsed.subject)?.[1] ?? "";
  }

  /** Makes it the first time. `corrupt` if its files are not what they were. */
  static async open(home: string, machine: string, nowMs: number): Promise<CertificateAuthority> {
    const folder = join(home, folderName);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const key = await openKey(join(folder, keyName));
      const path = join(folder, certificateName);
      const found = await readIfThere(path);
      const holds =
        found !== undefined && new X509Certificate(found).validToDate.getTime() > nowMs + webLimits.certificateMs;
      const kept = holds ? found : undefined;
      const certificate = kept ?? newCertificate(key, machine, nowMs);
      if (kept === undefined) await writeOwn(path, certificate);
      if (!new X509Certificate(certificate).checkPrivateKey(key)) throw new TypeError("it is of another key");
      return new CertificateAuthority(key, certificate);
    } catch (thrown) {
      if (thrown instanceof GlowError) throw thrown;
      const message = `the certificate authority of this node cannot be read (${(thrown as Error).message}); remove this folder for a new one, which every browser has to be told to trust again`;
      throw new GlowError("corrupt", "authority.open", { target: folder, message, cause: thrown });
    }
  }

  /** Of a new key, for those of the names and addresses for which it can vouch. */
  issue(names: readonly string[], addresses: readonly string[], nowMs: number): ServerIdentity {
    const { privateKey, publicKey } = newKeys();
    const expiresMs = nowMs + webLimits.certificateMs;
    const certificate = serverCertificate(
      { key: this.#key, name: this.name },
      publicKey,
      names.filter(isPrivateName),
      addresses.filter(isPrivateAddress),
      { fromMs: nowMs - backdatedMs, untilMs: expiresMs },
    );
    return { key: pemOf(privateKey), certificate: certificate + this.#pem, expiresMs };
  }
}

function newKeys(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

function newCertificate(key: KeyObject, machine: string, nowMs: number): string {
  // Two authorities of one name would be mixed up by who looks for one in a list, and by some verifiers.
  const name = `Glow on ${machine.slice(0, 40)} (${randomUUID().slice(0, 4)})`;
  return authorityCertificate(key, name, { fromMs: nowMs - backdatedMs, untilMs: nowMs + authorityMs });
}

async function openKey(path: string): Promise<KeyObject> {
  const kept = await readIfThere(path);
  if (kept === undefined) {
    const { privateKey } = newKeys();
    await writeOwn(path, pemOf(privateKey));
    return privateKey;
  }
  // Whoever copied the home about may have opened it to others.
  await chmod(path, 0o600);
  return createPrivateKey(kept);
}

function pemOf(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" });
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileSystemError(thrown, "authority.open", path);
  }
}

/** For its owner only, and whole or not at all. */
async function writeOwn(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
