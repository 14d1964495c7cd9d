// What one packet carries of one stream: what happens to the packet, happens to this.

export interface ShareOwner {
  shareAcknowledged(share: StreamShare): void;
  shareLost(share: StreamShare): void;
}

export class StreamShare {
  readonly owner: ShareOwner;
  /** Runs of the stream's bytes: from this offset up to that, and so on. A packet that re-sends may have several. */
  readonly runs: number[] = [];
  opened = false;
  ended = false;
  reset = false;
  /** The offset that a CREDIT gives; -1 without one. */
  credit = -1;

  constructor(owner: ShareOwner) {
    this.owner = owner;
  }
}
