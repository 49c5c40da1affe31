import { createRequire } from 'node:module';
const req = createRequire('/work/main/packages/sqlite/package.json');
const Database = req('better-sqlite3');
let log=null;
const proto = Object.getPrototypeOf(new Database(':memory:').prepare('select 1'));
for (const m of ['run','get','all']) { const o=proto[m]; proto[m]=function(...a){ if(!log) return o.apply(this,a); const t=performance.now(); try { return o.apply(this,a);} finally { log.push([t,performance.now()-t,this.source.slice(0,70).replace(/\s+/g,' ')]); } }; }
const { openDelivery } = await import('../suites/log/delivery.mjs');
const { makePlace } = await import('../suites/log/place.mjs');
const place = makePlace({});
const d = await openDelivery('sqlite', place.file('ours.db'));
let handled = () => {};
const running = await d.start('now', 'nothing', () => handled(performance.now()));
const agg=new Map();
let tot=[];
for (let i=0;i<400;i++){ await new Promise(r=>setTimeout(r,8));
 const p=new Promise(r=>handled=r); log=[]; const t=performance.now(); let at; d.publish().then(()=>{at=performance.now();}); const h=await p; const L=log; log=null;
 if(i>100){ tot.push(h-t); let k=0; for(const [s,dur,src] of L){ const key=(k++)+' '+src; const a=agg.get(key)??{s:[],d:[]}; a.s.push(s-t); a.d.push(dur); agg.set(key,a);} const a=agg.get('ack')??{s:[],d:[]}; a.s.push((at??h)-t); a.d.push(0); agg.set('ack',a);} }
const q=x=>x.sort((a,b)=>a-b)[x.length>>1].toFixed(3);
for(const [k,v] of agg) if(v.s.length>50) console.log('start',q(v.s),'dur',q(v.d),k);
console.log('handled',q(tot));
await running.stop(); await d.close(); await place.close(); process.exit(0);
