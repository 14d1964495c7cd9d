// Seals what is short in this thread, where that is over before another thread would have heard of it, and the rest in others.

import { contentLimits } from "#base/limits.ts";
import type { Compression, Crypto } from "#glow";
import { type BlockSealer, InlineBlockSealer, type SealedBlock } from "#store/content/block-sealer.ts";
import type { CutKeys } from "#store/content/content-sealer.ts";

export class QuickSealer implements BlockSealer {
  readonly blockBytes: number;
  readonly #inline: InlineBlockSealer;
  readonly #others: BlockSealer;

  constructor(crypto: Crypto, compression: Compression, others: BlockSealer) {
    this.#inline = new InlineBlockSealer(crypto, compression);
    this.#others = others;
    this.blockBytes = others.blockBytes;
  }

  seal(block: Uint8Array<ArrayBuffer>, last: boolean, keys: CutKeys, signal?: AbortSignal): Promise<SealedBlock> {
    const sealer = block.length <= contentLimits.inlineBlockBytes ? this.#inline : this.#others;
    return sealer.seal(block, last, keys, signal);
  }
}
