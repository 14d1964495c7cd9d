// The page that helps people to trust the certificate of this installation: plain HTML, without scripts, since it is opened
// before anything here can be trusted. Whoever sits in the network could show another one: so it tells where to look.

/** What differs from one to the other. */
export interface TrustPageParts {
  /** Of the machine's user's node. */
  readonly authority: { readonly name: string; readonly fingerprint: string };
  /** Where the page is served by HTTPS. */
  readonly secureUrl: string;
  readonly certificatePath: string;
  readonly userAgent: string;
  readonly nonce: string;
}

interface Guide {
  readonly title: string;
  /** Whose browser this is. */
  readonly isFor: RegExp;
  readonly steps: readonly string[];
}

const guides: readonly Guide[] = [
  {
    title: "Firefox, on any system",
    isFor: /Firefox\//,
    steps: [
      "Download the certificate. If Firefox asks what to trust it for, choose <b>identify websites</b>; <b>View</b> shows the fingerprint.",
      "If it only saves the file: open <b>Settings › Privacy &amp; Security › Certificates › View Certificates… › Authorities › Import…</b> and choose it there.",
      "On Android: install it as below first; then in Firefox <b>Settings › About Firefox</b>, tap the logo seven times, go back, and turn on <b>Secret Settings › Use third party CA certificates</b>.",
    ],
  },
  {
    title: "Android",
    isFor: /Android/,
    steps: [
      "Download the certificate.",
      "Open <b>Settings › Security &amp; privacy › More security &amp; privacy › Encryption &amp; credentials › Install a certificate › CA certificate</b>, then <b>Install anyway</b>, and choose the file <code>glow-authority.crt</code>. Makers name the places a little differently: search the settings for “CA certificate”.",
      "Under <b>Trusted credentials › User</b> it can be looked at, with its fingerprint, and removed.",
    ],
  },
  {
    title: "iPhone and iPad",
    isFor: /iPhone|iPad/,
    steps: [
      "Download the certificate in <b>Safari</b>, and allow the profile.",
      "Open <b>Settings › Profile Downloaded</b>; <b>More Details</b> shows the fingerprint. Tap <b>Install</b>.",
      "Open <b>Settings › General › About › Certificate Trust Settings</b>, and turn it on for this certificate.",
    ],
  },
  {
    title: "macOS",
    isFor: /Mac OS X/,
    steps: [
      "Download the certificate, and open it: <b>Keychain Access</b> takes it into the keychain <b>login</b>.",
      "Double-click it there. Its fingerprints are at the end of the details.",
      "Under <b>Trust</b>, choose <b>When using this certificate: Always Trust</b>.",
    ],
  },
  {
    title: "Windows",
    isFor: /Windows/,
    steps: [
      "Download the certificate. The fingerprint is that of the file: <code>certutil -hashfile glow-authority.crt SHA256</code>",
      "Open it: <b>Install Certificate… › Current User › Place all certificates in the following store › Browse… › Trusted Root Certification Authorities</b>.",
      "Start the browser again.",
    ],
  },
  {
    title: "Linux",
    isFor: /Linux/,
    steps: [
      "Chrome and Chromium: download the certificate, open <code>chrome://certificate-manager</code>, and under <b>Local certificates › Custom › Installed by you</b> import it into <b>Trusted Certificates</b>.",
      "For all programs, on Debian and its like: <code>openssl x509 -in glow-authority.crt | sudo tee /usr/local/share/ca-certificates/glow-authority.crt &amp;&amp; sudo update-ca-certificates</code>",
      "The fingerprint is that of the file: <code>sha256sum glow-authority.crt</code>",
    ],
  },
];

export function trustPage(parts: TrustPageParts): string {
  const { authority, secureUrl, certificatePath, userAgent, nonce } = parts;
  const own = guides.find(({ isFor }) => isFor.test(userAgent));
  const ordered = own === undefined ? guides : [own, ...guides.filter((guide) => guide !== own)];
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Trust this Glow</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <link rel="icon" href="/icon.svg" type="image/svg+xml">
    <style nonce="${escaped(nonce)}">${style}</style>
  </head>
  <body>
    <main>
      <img src="/icon.svg" alt="" width="56" height="56">
      <h1>Open Glow securely from here</h1>
      <p class="lead">Glow runs on a machine in this network, and has a certificate of its own. Once your device trusts it, the page opens encrypted, and this device can be a full part of Glow. This is done once for each device.</p>
      <section aria-labelledby="compare">
        <h2 id="compare"><span>1</span> Compare</h2>
        <p>This page came unencrypted: somebody in this network could have put another certificate here. Type <code>glow page trust</code> on the machine that runs Glow. It must print the same fingerprint (SHA-256) for <b>${escaped(authority.name)}</b>:</p>
        <p class="fingerprint">${fingerprintLines(authority.fingerprint)}</p>
        <p>If it does not, stop here.</p>
      </section>
      <section aria-labelledby="install">
        <h2 id="install"><span>2</span> Download and trust</h2>
        <p><a class="button" href="${escaped(certificatePath)}" download="glow-authority.crt">Download the certificate</a></p>
        ${ordered.map((guide) => guideText(guide, guide === own)).join("\n        ")}
        <p class="quiet">It can vouch for nothing but addresses of private networks and names such as <code>attic.local</code>: not for any site on the internet. Its key never leaves that machine. Remove it in the same place when you no longer use Glow.</p>
      </section>
      <section aria-labelledby="open">
        <h2 id="open"><span>3</span> Open</h2>
        <p>The browser must show no warning at <a href="${escaped(secureUrl)}">${escaped(secureUrl)}</a>. To be let in there, each browser needs a link of its own: <code>glow page new --network --qr</code> makes one.</p>
      </section>
    </main>
  </body>
</html>
`;
}

function guideText({ title, steps }: Guide, isOpen: boolean): string {
  const items = steps.map((step) => `<li>${step}</li>`).join("");
  return `<details${isOpen ? " open" : ""}><summary>${title}</summary><ol>${items}</ol></details>`;
}

/** Eight bytes to a line, as they are compared by eye. */
function fingerprintLines(fingerprint: string): string {
  const pairs = fingerprint.split(":");
  const lines = [0, 8, 16, 24].map((at) => pairs.slice(at, at + 8).join(":"));
  return lines.map((line) => `<code>${escaped(line)}</code>`).join("<br>");
}

function escaped(words: string): string {
  return words.replace(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0)};`);
}

const style = `
:root { color-scheme: light dark; --ink: light-dark(#1c1b1a, #e9eaee); --quiet: light-dark(#5c5852, #a5a8b3); --ground: light-dark(#faf9f7, #17181c); --surface: light-dark(#fff, #1f2026); --edge: light-dark(#e6e3df, #353741); --accent: light-dark(#b8470a, #ff9d5c); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 42rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 1rem 0 .5rem; letter-spacing: -.01em; }
h2 { font-size: 1.1rem; margin: 0 0 .5rem; display: flex; align-items: center; gap: .6rem; }
h2 span { width: 1.6rem; height: 1.6rem; border-radius: 50%; display: grid; place-items: center; font-size: .85rem; background: var(--accent); color: var(--ground); }
p { margin: .5rem 0; }
.lead { font-size: 1.05rem; color: var(--quiet); }
section { background: var(--surface); border: 1px solid var(--edge); border-radius: .75rem; padding: 1.1rem 1.25rem; margin-top: 1.25rem; }
code { font: .875em ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.fingerprint { padding: .75rem 1rem; border-radius: .5rem; background: var(--ground); border: 1px solid var(--edge); line-height: 1.7; }
.fingerprint code { font-size: clamp(.78rem, 3.6vw, 1rem); white-space: nowrap; }
.quiet { color: var(--quiet); font-size: .925rem; }
a { color: var(--accent); overflow-wrap: anywhere; }
.button { display: inline-block; padding: .6rem 1.1rem; border-radius: .5rem; background: light-dark(#b8470a, #ff9d5c); color: light-dark(#fff, #1b1206); font-weight: 600; text-decoration: none; }
details { border-top: 1px solid var(--edge); padding: .2rem 0; }
details[open] { padding-bottom: .6rem; }
summary { cursor: pointer; padding: .55rem 0; font-weight: 600; }
ol { margin: .1rem 0 .3rem; padding-left: 1.4rem; }
li { margin: .35rem 0; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: .25rem; }
details + p { border-top: 1px solid var(--edge); padding-top: .8rem; margin-bottom: 0; }
`;
