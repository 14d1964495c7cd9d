// An authority as its home keeps it, and for what it can vouch, by the judgement of OpenSSL.

import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { webLimits } from "#base/limits.ts";
import { authorityCertificate, isPrivateAddress, isPrivateName, serverCertificate } from "./certificate.ts";
import { CertificateAuthority } from "./certificate-authority.ts";

const nowMs = Date.now();
const dayMs = 86_400_000;

let home: string;
const keyPath = () => join(home, "page-authority/key.pem");
const certificatePath = () => join(home, "page-authority/certificate.pem");

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "glow-authority-"));
});

afterEach(() => rm(home, { recursive: true }));

function open(atMs = nowMs): Promise<CertificateAuthority> {
  return CertificateAuthority.open(home, "attic", atMs);
}

/** Undefined if somebody who trusts `ca` takes this for the server of that name. */
async function complaint(ca: string, key: string, certificate: string, host: string): Promise<string | undefined> {
  const server = createServer({ key, cert: certificate }, (socket) => socket.end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const isName = /[a-z]/.test(host) && !host.includes(":");
  const socket = connect({
    port: (server.address() as AddressInfo).port,
    host,
    ca,
    ...(isName && { servername: host }),
    lookup: (_name, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]),
  });
  try {
    await once(socket, "secureConnect");
    return undefined;
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    return `${code} ${message}`;
  } finally {
    socket.destroy();
    server.close();
  }
}

test("its key is made once, for its owner only", async () => {
  const first = await open();
  expect((await stat(keyPath())).mode & 0o777).toBe(0o600);
  await chmod(keyPath(), 0o644);
  const second = await open();
  expect((await stat(keyPath())).mode & 0o777).toBe(0o600);
  expect(second.fingerprint).toBe(first.fingerprint);
  expect(second.name).toMatch(/^Glow on attic \([0-9a-f]{4}\)$/);
  expect(new X509Certificate(first.certificate).fingerprint256).toBe(first.fingerprint);
});

test("a certificate that is lost, or about to end, is made again of the same key", async () => {
  const { fingerprint } = await open();
  await rm(certificatePath());
  const again = await open();
  expect(again.fingerprint).not.toBe(fingerprint);
  const later = await open(nowMs + 10 * 365 * dayMs - webLimits.certificateMs);
  expect(later.fingerprint).not.toBe(again.fingerprint);
  expect((await stat(keyPath())).mode & 0o777).toBe(0o600);
});

test("files that are damaged, or not of one another, are refused with what to do", async () => {
  await open();
  const certificate = await readFile(certificatePath());
  await rm(join(home, "page-authority"), { recursive: true });
  await open();
  await writeFile(certificatePath(), certificate);
  await expect(open()).rejects.toMatchObject({
    kind: "corrupt",
    message: expect.stringContaining("remove this folder"),
  });
  await writeFile(keyPath(), "no key");
  await expect(open()).rejects.toMatchObject({ kind: "corrupt" });
});

test("who trusts it takes its servers for what they are, by names and addresses of private networks", async () => {
  const authority = await open();
  const ca = await readFile(certificatePath(), "utf8");
  const { key, certificate, expiresMs } = authority.issue(["attic.local"], ["127.0.0.1", "192.168.1.5"], nowMs);
  expect(expiresMs).toBe(nowMs + webLimits.certificateMs);
  expect(await complaint(ca, key, certificate, "attic.local")).toBeUndefined();
  expect(await complaint(ca, key, certificate, "127.0.0.1")).toBeUndefined();
  expect(await complaint(ca, key, certificate, "cellar.local")).toContain("ERR_TLS_CERT_ALTNAME_INVALID");
  const past = authority.issue(["attic.local"], [], nowMs - webLimits.certificateMs - dayMs);
  expect(await complaint(ca, past.key, past.certificate, "attic.local")).toContain("CERT_HAS_EXPIRED");
  const stranger = await CertificateAuthority.open(join(home, "other"), "attic", nowMs);
  const theirs = stranger.issue(["attic.local"], [], nowMs);
  expect(await complaint(ca, theirs.key, theirs.certificate, "attic.local")).not.toBeUndefined();
});

test("it is asked for no other names, and whoever steals its key cannot vouch for them", async () => {
  const authority = await open();
  const ca = await readFile(certificatePath(), "utf8");
  const issued = authority.issue(["attic.local", "bank.example"], ["192.168.1.5", "8.8.8.8", "2001:db8::1"], nowMs);
  const { subjectAltName } = new X509Certificate(issued.certificate);
  expect(subjectAltName).toBe("DNS:attic.local, IP Address:192.168.1.5");
  const stolen = { key: createPrivateKey(await readFile(keyPath())), name: authority.name };
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" });
  const validity = { fromMs: nowMs - dayMs, untilMs: nowMs + dayMs };
  const forged = serverCertificate(stolen, publicKey, ["bank.example"], [], validity);
  expect(await complaint(ca, key, forged, "bank.example")).toContain("permitted subtree violation");
  const allowed = serverCertificate(stolen, publicKey, ["cellar.local"], [], validity);
  expect(await complaint(ca, key, allowed, "cellar.local")).toBeUndefined();
});

test("what is private", () => {
  for (const address of ["10.0.0.1", "172.31.0.1", "192.168.0.1", "169.254.1.1", "100.64.0.1", "fd00::1", "::1"]) {
    expect(isPrivateAddress(address), address).toBe(true);
  }
  for (const address of ["172.32.0.1", "8.8.8.8", "192.0.2.1", "2001:db8::1", "fe80::1", "no"]) {
    expect(isPrivateAddress(address), address).toBe(false);
  }
  expect(["attic.local", "local", "a.home.arpa"].every(isPrivateName)).toBe(true);
  expect(["local.example", "attic", "notlocal", ""].some(isPrivateName)).toBe(false);
});

test("dates past 2049 are written as RFC 5280 wants them", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const validity = { fromMs: Date.UTC(2049, 11, 31, 23, 59, 59), untilMs: Date.UTC(2050, 0, 1) };
  const { validFromDate, validToDate } = new X509Certificate(
    authorityCertificate(privateKey, "x".repeat(300), validity),
  );
  expect([validFromDate.getTime(), validToDate.getTime()]).toEqual([validity.fromMs, validity.untilMs]);
});
