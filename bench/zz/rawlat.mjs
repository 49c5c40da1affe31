import Database from 'better-sqlite3'; import { makePlace } from '../suites/log/place.mjs'; import fs from 'node:fs';
const place = makePlace({}); const f=place.file('raw.db'); const db=new Database(f); db.pragma('journal_mode=WAL'); db.pragma('synchronous=FULL');
db.exec('create table e(id integer primary key, a text unique, b text, c text, d text)'); db.exec('create index eb on e(b); create index ec on e(c)');
const ins=db.prepare('insert into e(a,b,c,d) values(?,?,?,?)'); const b=db.prepare('begin immediate'), c=db.prepare('commit');
const q=(x,p)=>x.sort((a,b)=>a-b)[Math.floor(x.length*p)].toFixed(3);
const fd=fs.openSync(place.file('sync'),'w'); fs.writeSync(fd,Buffer.alloc(65536)); const buf=Buffer.alloc(8192);
for (const gap of [8,0]) { const T={b:[],i:[],c:[],f:[]};
for(let i=0;i<300;i++){ await new Promise(r=>setTimeout(r,gap)); const t0=performance.now(); b.run(); const t1=performance.now(); ins.run(crypto.randomUUID(),'stream'+i%7,'type','x'.repeat(300)); const t2=performance.now(); c.run(); const t3=performance.now(); T.b.push(t1-t0);T.i.push(t2-t1);T.c.push(t3-t2);
 await new Promise(r=>setTimeout(r,gap)); const t4=performance.now(); fs.writeSync(fd,buf,0,8192,0); fs.fdatasyncSync(fd); T.f.push(performance.now()-t4);}
console.log('gap',gap,Object.entries(T).map(([k,v])=>k+' '+q(v,.5)).join(' ')); }
await place.close();
