// `glow idl`: what people and build scripts do with interface files.

import { Command } from "commander";
import type { Change } from "#firefly/schema/compatibility.ts";
import { hashOf } from "#firefly/schema/canonical.ts";
import { generate, generatedPath } from "#firefly/schema/generator.ts";
import { printFile } from "#firefly/schema/printer.ts";
import { type Problem, showProblem } from "#firefly/schema/problem.ts";
import { declarationsOf } from "#firefly/schema/scope.ts";
import type { Crypto } from "#glow";
import type { Terminal } from "#platform/nodejs/terminal.ts";
import type { TextFiles } from "#platform/nodejs/text-files.ts";
import { exitCodes, type Face } from "./face.ts";
import { IdlWorkspace, type WorkspaceFile } from "./idl-workspace.ts";

interface Options {
  readonly json?: boolean;
  /** Of `gen`. */
  readonly check?: boolean;
  readonly runtime?: string;
  /** Of `gen` and `lock`. */
  readonly breaking?: boolean;
}

/** A file as it should be, and whether it is. */
interface Target {
  readonly path: string;
  readonly text: string;
  readonly isCurrent: boolean;
}

export function idlCommand(face: Face, end: (code: number) => void): Command {
  const group = new Command("idl")
    .description("work with interfaces written in the Firefly language")
    .helpCommand(false)
    .addHelpText("after", "\nExample:\n  $ glow idl check src/interfaces");
  const add = (name: string, description: string, example: string, body: keyof Actions): Command =>
    group
      .command(name)
      .description(description)
      .argument("<paths...>", "*.firefly files, or folders to look for them in")
      .option("--json", "print the result as JSON")
      .addHelpText("after", `\nExample:\n  $ glow idl ${example}`)
      .action(async (paths: string[], options: Options) => {
        const [files, crypto] = await Promise.all([face.files(), face.crypto()]);
        const workspace = await IdlWorkspace.open(files, paths);
        const actions = new Actions({ files, crypto, terminal: face.terminal }, workspace, options);
        end((await actions[body]()) ? exitCodes.done : exitCodes.failed);
      });
  add("check", "find what is wrong with interfaces, and what would break peers", "check src/interfaces", "check");
  add("hash", "print the hash of each declaration, by which peers know it", "hash node.firefly", "hash");
  add("print", "print in the canonical form, without comments", "print node.firefly", "print");
  add("lock", "bring the locks up to date, which keep the numbers of members", "lock src/interfaces", "lock").option(
    "--breaking",
    "take in changes that break peers with the version before",
  );
  add("gen", "generate TypeScript, and bring the locks up to date", "gen src/interfaces", "gen")
    .option("--check", "write nothing, and fail if anything would be written")
    .option("--runtime <path>", "what generated code imports the run-time library by", "#firefly/runtime.ts")
    .option("--breaking", "take in changes that break peers with the version before");
  return group;
}

interface Means {
  readonly files: TextFiles;
  readonly crypto: Crypto;
  readonly terminal: Terminal;
}

/** What the commands do. Each says whether all is well. */
class Actions {
  readonly #means: Means;
  readonly #workspace: IdlWorkspace;
  readonly #options: Options;

  constructor(means: Means, workspace: IdlWorkspace, options: Options) {
    this.#means = means;
    this.#workspace = workspace;
    this.#options = options;
  }

  async check(): Promise<boolean> {
    if (this.#hasProblems()) return false;
    const files = this.#workspace.named.map((file) => {
      const { path, lockState: lock, changes } = file;
      return { path, declarations: this.#count(file), lock, changes };
    });
    const ok = files.every((file) => file.lock === "current");
    if (this.#json({ ok, files })) return ok;
    for (const { path, declarations, lock, changes } of files) {
      this.#showChanges(path, changes);
      if (lock === "current") this.#print(`${path}: ${declarations} declarations, no problems`);
      else this.#tell(`${path}: the lock is ${lock}; run \`glow idl lock ${path}\` and commit it with the source`);
    }
    return ok;
  }

  async hash(): Promise<boolean> {
    if (this.#hasProblems()) return false;
    const { schema, named } = this.#workspace;
    const hashes = named.flatMap(({ path, index: file }) =>
      declarationsOf(schema, file).map(({ index, declaration: { name, kind } }) => {
        return { path, kind, name, hash: hashOf(schema, index, this.#means.crypto) };
      }),
    );
    if (this.#json(hashes)) return true;
    for (const { hash, name, path } of hashes) this.#print(`${hash}  ${name}  (${path})`);
    return true;
  }

  async print(): Promise<boolean> {
    if (this.#hasProblems()) return false;
    const { schema, named } = this.#workspace;
    const texts = named.map(({ path, index }) => ({ path, text: printFile(schema, index) }));
    if (this.#json(texts)) return true;
    for (const { path, text } of texts) {
      if (texts.length > 1) this.#print(`// ${path}`);
      this.#print(text.trimEnd());
    }
    return true;
  }

  async lock(): Promise<boolean> {
    if (this.#hasProblems() || this.#hasBreaks()) return false;
    return this.#write(this.#locks());
  }

  async gen(): Promise<boolean> {
    if (this.#hasProblems() || this.#hasBreaks()) return false;
    const { schema, named } = this.#workspace;
    const { runtime } = this.#options;
    const { crypto, files } = this.#means;
    const sources = named.map(async ({ path, index }): Promise<Target> => {
      const text = generate(schema, index, { crypto, ...(runtime === undefined ? {} : { runtime }) });
      const target = generatedPath(path);
      return { path: target, text, isCurrent: (await files.readIfThere(target)) === text };
    });
    return this.#write([...this.#locks(), ...(await Promise.all(sources))]);
  }

  #locks(): Target[] {
    return this.#workspace.named.map((file) => ({
      path: file.lockPath,
      text: file.newLockText,
      isCurrent: file.lockState === "current",
    }));
  }

  /** Writes what is not as it should be; with --check only says so. */
  async #write(targets: readonly Target[]): Promise<boolean> {
    const stale = targets.filter((target) => !target.isCurrent);
    const paths = stale.map((target) => target.path);
    if (this.#options.check === true) {
      const ok = stale.length === 0;
      if (this.#json({ ok, outdated: paths })) return ok;
      for (const path of paths) this.#tell(`${path} is not what the source says; run \`glow idl gen\` and commit it`);
      if (ok) this.#print(`${targets.length} files are up to date`);
      return ok;
    }
    for (const { path, text } of stale) await this.#means.files.write(path, text);
    if (this.#json({ ok: true, written: paths })) return true;
    for (const path of paths) this.#print(`wrote ${path}`);
    if (stale.length < targets.length) this.#print(`${targets.length - stale.length} files were up to date`);
    return true;
  }

  #count({ index }: WorkspaceFile): number {
    return declarationsOf(this.#workspace.schema, index).length;
  }

  #hasProblems(): boolean {
    const { problems, omitted } = this.#workspace;
    if (problems.length === 0) return false;
    if (this.#json({ ok: false, problems, omitted })) return true;
    this.#tell(problems.map((problem: Problem) => showProblem(problem)).join("\n\n"));
    const more = omitted === 0 ? "" : `, the first ${problems.length} of which are shown`;
    const count = problems.length + omitted;
    this.#tell(`\n${count} ${count === 1 ? "problem" : "problems"}${more}`);
    return true;
  }

  /** Locks are not brought up to date with breaking changes unless that is asked for. */
  #hasBreaks(): boolean {
    if (this.#options.breaking === true) return false;
    const files = this.#workspace.named
      .map(({ path, changes }) => ({ path, changes: changes.filter((change) => change.breaking) }))
      .filter(({ changes }) => changes.length > 0);
    if (files.length === 0) return false;
    if (this.#json({ ok: false, breaking: files })) return true;
    for (const { path, changes } of files) this.#showChanges(path, changes);
    this.#tell("Nothing was written. Peers with the version before would break: change it, or say --breaking.");
    return true;
  }

  #showChanges(path: string, changes: readonly Change[]): void {
    for (const { declaration, member, breaking, message } of changes) {
      const place = member === undefined ? declaration : `${declaration}.${member}`;
      this.#tell(`${path}: ${place}: ${message} (${breaking ? "breaking" : "compatible"})`);
    }
  }

  #json(value: unknown): boolean {
    if (this.#options.json !== true) return false;
    this.#print(JSON.stringify(value, undefined, 2));
    return true;
  }

  #print(text: string): void {
    this.#means.terminal.print(text);
  }

  #tell(text: string): void {
    this.#means.terminal.tell(text);
  }
}
