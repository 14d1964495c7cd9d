// What the bundle owes to the packages that went into it: their names, and their licences word by word.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @param {string} root the folder of package.json
 * @param {readonly string[]} inputs the files that were bundled, from there
 * @returns {string} Markdown
 */
export function bundledLicenses(root, inputs) {
  const folders = inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  const sections = [...new Set(folders)].toSorted().map((folder) => section(join(root, folder)));
  return `# Packages in these files\n\n${sections.join("\n")}`;
}

/** @param {string} folder of a package */
function section(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file === undefined ? "" : readFileSync(join(folder, file), "utf8");
  return `## ${name} ${version} (${license})\n\n${text.trim()}\n`;
}
