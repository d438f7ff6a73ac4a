#!/usr/bin/env python3
"""Explicit-state check of the proposed dispatch module: one job, two executors, a legacy executor, a sweeper, an
operator that pauses/resumes, an operator that cancels a job that is handed out, one that releases a held job; one grant, the first, is cancelled. Every store transaction is begin(snapshot) +
commit(first-committer-wins on the documents written), i.e. snapshot isolation as MongoDB gives it.
Usage: dispatch_model.py VARIANT   (good | nogate | blindsweep | notoken | requeue | forgetcancel)

Where the module does more than the model, the rule is the same: a repeated claim that is still live also counts as a beat,
as a job that is given back for later leaves its lease and is queued, an operator's update is a resolution."""
import sys
from collections import deque, namedtuple
V = sys.argv[1] if len(sys.argv) > 1 else "good"
MAXF, MAXBEAT, MAXRETRY = 3, 1, 1
# committed documents, each with a version: job(status), gate(paused, fence), lease(None|(fence,holder,beat,claim,cancelled))
S = namedtuple("S", "job jv paused fence gv lease lv hist ex leg sw pauseTx accepted pauses held")
# ex[i] = (local, tx, myfence, lostReply) local: idle|claiming|work|dead ; tx: None|snapshot tuple
def init():
    return S("queued",0,False,0,0,None,0,0,tuple(("idle",None,0,0) for _ in range(2)),("idle",0),None,(None,None),0,0,False)
class Bad(Exception): pass
def succ(s):
    out=[]
    def add(name, **k): out.append((name, s._replace(**k)))
    # --- executors through dispatch
    for i,(loc,tx,f,lr) in enumerate(s.ex):
        def ex(t): return s.ex[:i]+(t,)+s.ex[i+1:]
        if loc=="idle" and tx is None and s.fence<MAXF:
            add(f"E{i} claim begins", ex=ex(("claiming",(s.job,s.jv,s.paused,s.gv,s.fence,s.lease,s.lv),0,lr)))
        if loc=="claiming":
            job,jv,paused,gv,fence,lease,lv=tx
            mine = lease is not None and lease[1]==i and lease[3]==(i,lr and 1 or 1)
            if V!="noclaimid" and lease is not None and lease[1]==i and s.lv==lv and lr:   # replay of a lost reply
                add(f"E{i} claim replayed", ex=ex(("work",None,lease[0],0)))
            elif paused or job!="queued":
                add(f"E{i} claim: nothing", ex=ex(("idle",None,0,lr)))
            else:
                ok = s.jv==jv and s.lv==lv and (V=="nogate" or s.gv==gv)
                if not ok: add(f"E{i} claim conflicts", ex=ex(("idle",None,0,lr)))
                else:
                    if s.paused: raise Bad("I3 pause: a grant committed after the pause was acknowledged")
                    nf=s.fence+1
                    base=dict(job="started",jv=s.jv+1,lease=(nf,i,0,(i,1),False),lv=s.lv+1,fence=nf,
                              gv=s.gv+(0 if V=="nogate" else 1))
                    add(f"E{i} granted {nf}", ex=ex(("work",None,nf,0)), **base)
                    if lr<MAXRETRY: add(f"E{i} granted {nf}, reply lost", ex=ex(("idle",None,0,lr+1)), **base)
        if loc=="work":
            L=s.lease
            live = L is not None and L[0]==f
            if live and L[2]<MAXBEAT:
                add(f"E{i} beats", lease=(f,i,L[2]+1)+L[3:], lv=s.lv+1)
            if live:
                if s.job!="started": raise Bad("I8: given back what is not started")
                back="done" if L[4] and V!="forgetcancel" else "queued"   # nobody wants one that is cancelled
                if L[4] and back=="queued": raise Bad("I9 cancel: a cancelled job was queued again by its holder")
                add(f"E{i} gives it back", job=back,jv=s.jv+1,lease=None,lv=s.lv+1,ex=ex(("idle",None,0,lr)))
            for what in ("finish",):
                if (live if V!="notoken" else s.job in("started",)):
                    if f<s.accepted: raise Bad("I2 fencing: an update with an older fence was accepted")
                    if L is not None and L[0]!=f: raise Bad("I2 fencing: an executor without the lease changed the job")
                    add(f"E{i} finishes", job="done",jv=s.jv+1,lease=None,lv=s.lv+1,accepted=f,ex=ex(("idle",None,0,lr)))
                else:
                    add(f"E{i} refused (409)", ex=ex(("idle",None,0,lr)))
    # --- legacy executor: GET saw it queued, later PUT initiated / PUT completed without a token
    loc,_=s.leg
    if loc=="idle" and s.job=="queued" and not s.paused: add("legacy GET sees queued", leg=("saw",0))
    if loc=="saw":
        if s.lease is not None and V!="notoken": add("legacy PUT initiated refused", leg=("gone",0))
        elif s.job=="queued": add("legacy PUT initiated", job="legacy",jv=s.jv+1,leg=("work",0))
        elif s.job=="done": add("legacy PUT 404", leg=("gone",0))
        elif s.lease is not None: raise Bad("I7 mixed fleet: a tokenless PUT started a job that is leased")
        else: add("legacy PUT 200 (as today)", leg=("gone",0))
    if loc=="work" and s.job=="legacy": add("legacy completes", job="done",jv=s.jv+1,leg=("gone",0))
    # --- sweeper: observes (fence,beat); may hold the job only if both are unchanged at commit
    if s.sw is None and s.lease is not None: add("sweeper observes", sw=(s.lease[0],s.lease[2]))
    if s.sw is not None:
        ok = s.lease is not None and (s.lease[0],s.lease[2])==s.sw
        if V=="blindsweep" or ok:
            if s.job=="done": raise Bad("I4 sweep: a finished job was taken back")
            if not ok: raise Bad("I4 sweep: a job was taken from a lease other than the one observed as silent")
            if V=="requeue": add("sweeper requeues", job="queued",jv=s.jv+1,lease=None,lv=s.lv+1,sw=None)
            else: add("sweeper holds", job="held",jv=s.jv+1,lease=None,lv=s.lv+1,sw=None,held=True)
        else: add("sweeper gives up", sw=None)
    # --- operator
    if s.job=="held": add("operator releases", job="queued",jv=s.jv+1)
    if s.lease is not None and s.lease[0]==1 and not s.lease[4]: add("operator cancels", lease=s.lease[:4]+(True,), lv=s.lv+1)
    a,_=s.pauseTx
    if a is None and s.pauses<2: add("operator toggles: begin", pauseTx=((not s.paused,s.gv),None))
    if a is not None:
        want,gv=a
        if V!="nogate" and s.gv!=gv: add("pause conflicts", pauseTx=(None,None))
        else: add("paused" if want else "resumed", paused=want,gv=s.gv+1,pauseTx=(None,None),pauses=s.pauses+1)
    return out
def check(s):
    live=[i for i,e in enumerate(s.ex) if e[0]=="work" and s.lease and s.lease[0]==e[2]]
    if len(live)>1: raise Bad("I1 one holder: two executors hold the lease")
    if s.lease and s.job not in("started",): raise Bad("I6 drain: a lease lives on a job that is not started")
    if s.job=="started" and s.lease is None: raise Bad("I8: started by dispatch, but nobody holds it and it is not held")
    if s.paused and s.job=="queued" and s.lease: raise Bad("I6")
    if V=="requeue" :
        w=[e for e in s.ex if e[0]=="work"]
        if len(w)>1: raise Bad("(physical) two executors work on one job at once")
seen={init():None}; q=deque([init()]); n=0
def trace(s,last):
    t=[last]; 
    while seen[s]: t.append(seen[s][1]); s=seen[s][0]
    return t[::-1]
while q:
    s=q.popleft(); n+=1
    try:
        check(s); nx=succ(s)
    except Bad as e:
        print(V,"VIOLATION",e,"after",n,"states"); print("   "+" -> ".join(trace(s,"!"))); sys.exit(1)
    for name,t in nx:
        if t not in seen: seen[t]=(s,name); q.append(t)
    if n>3_000_000: print("bound"); break
print(V,"holds in",n,"states")
