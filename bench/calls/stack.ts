// What every stack under comparison offers: the same small service, written as somebody who knows the stack would
// write it. A stack runs in two processes, one of which serves and one of which calls.

export interface Message {
  readonly id: number;
  readonly name: string;
}

export interface Stack {
  /** Listens on a free port of the loopback interface and returns the port. */
  serve(): Promise<number>;
  connect(port: number): Promise<Client>;
}

/** The service as its caller sees it. A stack that lacks a thing says so by leaving the method out. */
export interface Client {
  /** The same message back. */
  echo(message: Message): Promise<Message>;
  /** The number of bytes that came. */
  put(bytes: Uint8Array): Promise<number>;
  /** A stream of `count` messages with ids from 0 on; `each` is called with every one, in order. */
  items(count: number, each: (message: Message) => void): Promise<void>;
  /** Five calls, each on the result of the one before, in as few round trips as the stack can: the answer is 3. */
  dependent(): Promise<number>;
  /** Whether `dependent` takes one round trip. */
  readonly pipelines: boolean;
  /** A call with an object of the caller in it, which the server calls with `text` before it gives back the answer. */
  callBack?(text: string): Promise<string>;
  close(): void;
}

/** What the stream of items is made of. */
export function item(id: number): Message {
  return { id, name: "hello world" };
}

/** The objects that dependent calls walk along: each knows the next one, and how many steps it is from the first. */
export class Chain {
  readonly #steps: number;

  constructor(steps = 0) {
    this.#steps = steps;
  }

  next(): Chain {
    return new Chain(this.#steps + 1);
  }

  value(): number {
    return this.#steps;
  }
}

/** For stacks that cannot pass objects: the server keeps them in a table, and calls name them by number. */
export class ChainTable {
  readonly #chains: Chain[] = [];

  first(): number {
    return this.#add(new Chain());
  }

  next(handle: number): number {
    return this.#add(this.#get(handle).next());
  }

  value(handle: number): number {
    return this.#get(handle).value();
  }

  #add(chain: Chain): number {
    return this.#chains.push(chain) - 1;
  }

  #get(handle: number): Chain {
    const chain = this.#chains[handle];
    if (chain === undefined) throw new RangeError(`there is no object ${handle}`);
    return chain;
  }
}
