import { openDelivery } from '../suites/log/delivery.mjs';
import { makePlace } from '../suites/log/place.mjs';
const kind = process.argv[2] ?? 'sqlite'; const gap = +(process.argv[3] ?? 8);
const place = makePlace({});
const where = kind === 'sqlite' ? place.file('ours.db') : await place.database('ours');
const d = await openDelivery(kind, where);
let handled = () => {};
const running = await d.start('now', 'nothing', () => handled(performance.now()));
const A=[],H=[];
for (let i=0;i<400;i++){ await new Promise(r=>setTimeout(r,gap)); 
 const p=new Promise(r=>handled=r); const t=performance.now(); const a=d.publish().then(()=>performance.now()); const [h,aa]=await Promise.all([p,a]); if(i>50){A.push(aa-t);H.push(h-t);} }
const q=(x,p)=>x.sort((a,b)=>a-b)[Math.floor(x.length*p)].toFixed(3);
console.log(kind,'append p50',q(A,.5),'p99',q(A,.99),'handled p50',q(H,.5),'p99',q(H,.99));
await running.stop(); await d.close(); await place.close(); process.exit(0);
