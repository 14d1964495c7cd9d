// Glow as `npm pack` packs it and `npm install --global` puts it somewhere, but without a registry: the packages that it
// depends on are links to those of this checkout. What it does not say it needs is not there.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "../../..");

interface Manifest {
  readonly bin: { readonly glow: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

export class InstalledPackage implements AsyncDisposable {
  /** The command, as it stands in the `bin` folder of the prefix. */
  readonly script: string;
  /** What is packed, from the package's folder. */
  readonly files: readonly string[];
  readonly sizeBytes: number;
  readonly manifest: Manifest;
  readonly folder: string;
  readonly #prefix: string;

  private constructor(prefix: string, packed: Packed, manifest: Manifest) {
    this.#prefix = prefix;
    this.folder = join(prefix, "lib", "node_modules", "glow");
    this.script = join(prefix, "bin", "glow");
    this.files = packed.files.map(({ path }) => path);
    this.sizeBytes = packed.size;
    this.manifest = manifest;
  }

  /** Packs with all that npm does, so what is old is built anew first. */
  static async make(): Promise<InstalledPackage> {
    const prefix = await mkdtemp(join(tmpdir(), "glow-package-"));
    const packed = await pack(prefix);
    const folder = join(prefix, "lib", "node_modules", "glow");
    await mkdir(folder, { recursive: true });
    await promisify(execFile)("tar", ["-xzf", join(prefix, packed.filename), "--strip-components=1", "-C", folder]);
    const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
      const link = join(folder, "node_modules", name);
      await mkdir(dirname(link), { recursive: true });
      // For other platforms than this it leads nowhere, as when npm leaves such a package out.
      await symlink(join(root, "node_modules", name), link);
    }
    await mkdir(join(prefix, "bin"));
    await symlink(join("..", "lib", "node_modules", "glow", manifest.bin.glow), join(prefix, "bin", "glow"));
    return new InstalledPackage(prefix, packed, manifest);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#prefix, { recursive: true, force: true });
  }
}

/** What `npm pack --json` says. */
interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

async function pack(destination: string): Promise<Packed> {
  const words = ["pack", "--json", "--offline", "--loglevel=error", "--pack-destination", destination];
  const { stdout } = await promisify(execFile)("npm", words, { cwd: root });
  // From npm 12 on it is an object with a name for each package.
  const [packed] = Object.values(JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as Record<string, Packed>);
  if (packed === undefined) throw new Error(`npm packed nothing: ${stdout}`);
  return packed;
}
