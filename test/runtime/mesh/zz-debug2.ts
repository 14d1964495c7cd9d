import { MeshNetwork } from "./mesh-network.ts";
import { startLine } from "./line-story.ts";
const t0=performance.now(); const log=(...a:unknown[])=>console.log((performance.now()-t0).toFixed(0),...a);
const network = await MeshNetwork.create();
process.on("exit",()=>0);
const timer=setTimeout(async()=>{ log("timeout"); const {execSync}=await import("node:child_process"); log(execSync("ps aux | grep mesh/host.ts | grep -v grep | cut -c1-90").toString()); await network.dispose(); process.exit(1)}, 9000);
const {MeshHost}=await import("./mesh-host.ts");
const old=MeshHost.prototype.call;
(MeshHost.prototype as any).call=async function(c:any){ log(this.host,"call",JSON.stringify(c).slice(0,100)); try{const r=await old.call(this,c); log(this.host,"->",JSON.stringify(r)?.slice(0,100)); return r as any}catch(e){log(this.host,"!!",String(e)); throw e} };
const start=MeshHost.start; MeshHost.start=async(n,h,o)=>{const r=await start.call(MeshHost,n,h,o); log("started",h,r.id); r.until(s=>{log(h,JSON.stringify({n:s.neighbours.map(x=>x.slice(-4)),r:Object.entries(s.routes).map(([k,v])=>k.slice(-4)+":"+v.hops),d:s.devices.length,a:s.addresses})); return false}).catch(()=>0); return r};
try{ const line=await startLine(network); log("line up"); log(await network.wires.ip("left","route"));
 await line.left.call({do:"dial",address:"tcp://10.77.2.2:4001"}).catch(()=>0);
 setInterval(()=>{line.right.call({do:"received",atLeastBytes:1}).catch(()=>0)},1500);
clearTimeout(timer); await network.dispose(); process.exit(); const {transfer,keysOf}=await import("./line-story.ts"); const r=await transfer(line,48<<20); log(r.sent,r.received,r.tookMs,r.leftMemory,r.middleMemory);
 const k=await keysOf(line); log(k.session.length,k.link.length);
 const {searchMemory}=await import("./byte-search.ts");
 log(await searchMemory(line.left.pid,[...k.session,...k.link])); log(await searchMemory(line.middle.pid,[r.marker,...k.session,...k.link]));
 }catch(e){log(e)}
clearTimeout(timer); await network.dispose(); log("done"); process.exit();
