import { Comparison } from "./calls/comparison.ts";
import { Interruption } from "./harness/interruption.ts";
import { Progress } from "./harness/progress.ts";
const settings = { stacks: ["hand-packed","ws-json","capnweb","grpc-js"] as const, rounds: 1, seconds: 0.5, warmUpSeconds: 0.3, freshPerWorkload: true, roundTripMs: 50, lineRounds: 1, lineCalls: 20 };
const i = new Interruption(); const c = new Comparison(settings, i, new Progress(Comparison.steps(settings)));
console.log(JSON.stringify(await c.rates(), (k, v) => typeof v === "number" ? Math.round(v*100)/100 : v?.median !== undefined ? v.median: v, 1)); console.log(JSON.stringify(await c.lines(), (k,v)=> v?.median ?? v, 1)); i.dispose();
