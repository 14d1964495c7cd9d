// Lets asynchronous work happen one piece after the other, in the order in which it was asked for.

export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when everything before it is over, well or not. */
  take<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
