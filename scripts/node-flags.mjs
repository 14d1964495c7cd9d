// How Node is to run a node of Glow.
//
// A stream's bytes live in buffers outside of V8's heap, a fresh one for each piece that was read, sealed or opened.
// They are freed when the small objects that stand for them are collected, and of these there are few: so by default some
// ten megabytes of dead buffers pile up before V8 looks, all of it memory that has left the processor's caches. With the
// smallest young generation it looks often, and buffers are used again while they are warm: measured, twice to three times
// the throughput of a link at half the CPU time.
//
// So small a generation is collected by one thread: waking up four others thousands of times costs more than they help,
// a sixth of all CPU time of a first sync.
//
// V8 counts what such buffers have grown by against the room that its old generation has left, and that is 9 MB for a node:
// so all of the heap was marked, by five threads, for every few megabytes of a large file. With this much room from the
// start it is so four times less often. By default it is so all the same for every 64 MiB of buffers; accounted in the limit
// of the whole heap they may grow to more while much is on its way. See docs/decisions/0011-smallest-young-generation.md.
//
// The collector can be called, so that a node that rests gives back what work has left (src/platform/nodejs/spare-memory.ts).
// For that it calls the C library by node:ffi, of which Node says at each start that it is experimental.
export const nodeFlags = [
  "--max-semi-space-size=1",
  "--no-parallel-scavenge",
  "--initial-old-space-size=96",
  "--external-memory-accounted-in-global-limit",
  "--expose-gc",
  "--disable-warning=ExperimentalWarning",
];
