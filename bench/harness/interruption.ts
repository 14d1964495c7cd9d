// Ctrl-C: what is measured at the moment is given up, its processes are stopped, and what is known by then is shown.

import type { Child } from "./child.ts";

export class Interruption {
  readonly #children = new Set<Child>();
  #happened = false;
  readonly #stop = (): void => {
    this.#happened = true;
    for (const child of this.#children) void child.stop();
  };

  constructor() {
    process.on("SIGINT", this.#stop);
    process.on("SIGTERM", this.#stop);
  }

  get happened(): boolean {
    return this.#happened;
  }

  /** Runs `work` with children that are stopped when it is done, however it ends. */
  async withChildren<Result>(children: readonly Child[], work: () => Promise<Result>): Promise<Result> {
    for (const child of children) this.#children.add(child);
    try {
      return await work();
    } finally {
      for (const child of children) this.#children.delete(child);
      await Promise.all(children.map((child) => child.stop()));
    }
  }

  dispose(): void {
    process.off("SIGINT", this.#stop);
    process.off("SIGTERM", this.#stop);
  }
}
