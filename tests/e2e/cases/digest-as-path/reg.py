import http.server,hashlib,json,sys,gzip,os,threading,time
PORT,OTHER=int(sys.argv[1]),int(sys.argv[2]); FIFO=sys.argv[5]
MODE={"m":"ok"}
B={}  # digest -> bytes
def put(b):
    d="sha256:"+hashlib.sha256(b).hexdigest(); B[d]=b; return d
PROV=b"#!/usr/bin/env python3\nimport sys,json\nsys.stdin.readline()\nprint(json.dumps({'status':'ready','protocol':{'version':2,'features':['ack']}}),flush=True)\nprint('{\"data\":1,\"metadata\":{}}')\nprint('\\x1e{\"end\":true}',flush=True)\nsys.stdin.read()\n"
cfg=put(b"{}")
EX="application/vnd.dstream.provider.executable.v1"
def man(layers,**k):
    m={"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"application/vnd.dstream.provider.v1","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":cfg,"size":2},"layers":layers}; m.update(k)
    return json.dumps(m).encode()
def layer(b,title="plugin.linux_amd64",mt="application/octet-stream",ann=None,digest=None,size=None):
    a={"org.opencontainers.image.title":title}; a.update(ann or {})
    return {"mediaType":mt,"digest":digest or put(b),"size":len(b) if size is None else size,"annotations":a}
T={}
GZ=MT=None
def build(gzmt,zmt):
    g=gzip.compress(PROV)
    T["ok"]=man([layer(PROV)])
    T["trav"]=man([layer(PROV,title="../../../../escaped/plugin.linux_amd64")])
    T["abs"]=man([layer(PROV,title="/escaped/file")],)
    T["wrongdig"]=man([layer(PROV,digest="sha256:"+"0"*64)]); B["sha256:"+"0"*64]=PROV
    T["digtrav"]=man([layer(PROV,digest="sha256:../../../../etc/passwd")])
    T["smallsize"]=man([layer(PROV,size=10)]); T["bigsize"]=man([layer(PROV,size=10**9)]); T["negsize"]=man([layer(PROV,size=-1)]); T["hugesize"]=man([layer(PROV,size=2**60)])
    T["exdigzero"]=man([layer(g,mt=gzmt,ann={"dev.dstream.executable.digest":"sha256:../../../../../../../../../../dev/zero"})])
    T["exdigpasswd"]=man([layer(g,mt=gzmt,ann={"dev.dstream.executable.digest":"sha256:../../../../../../../../../../etc/passwd"})])
    T["exdigfifo"]=man([layer(g,mt=gzmt,ann={"dev.dstream.executable.digest":"sha256:../../../../../../../../../.."+FIFO})])
    T["exdigjunk"]=man([layer(g,mt=gzmt,ann={"dev.dstream.executable.digest":"junk"})])
    bomb=gzip.compress(b"\0"*(3*1024**3//10),1)
    T["bomb"]=man([layer(bomb,mt=gzmt,ann={"dev.dstream.executable.size":"1000"})])
    T["bombsz"]=man([layer(bomb,mt=gzmt,ann={"dev.dstream.executable.size":"9007199254740991"})])
    T["trailing"]=man([layer(g+b"junkjunk",mt=gzmt)])
    T["gztrunc"]=man([layer(g[:-9],mt=gzmt)])
    T["deep"]=b'{"schemaVersion":2,"layers":'+b"["*1000000+b"]"*1000000+b"}"
    T["many"]=json.dumps({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%064x"%i,"size":1,"platform":{"os":"linux","architecture":"x%d"%i}} for i in range(10000)]}).encode()
    T["big"]=b" "*(5*1024*1024)
    T["esc"]=man([layer(PROV,title="plugin.linux_\x1b]0;x\x07\x1b[2J\u009b2J")])
    i={"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:"+"1"*64,"size":1,"platform":{"os":"linux","architecture":"amd64"}}]}
    T["self"]=json.dumps(i).encode(); B["sha256:"+"1"*64]=T["self"]
    n=put(T["self"]); i["manifests"][0]["digest"]=n; T["nest"]=json.dumps(i).encode()
    for k in T: put(T[k])
SEEN=[]
class H(http.server.BaseHTTPRequestHandler):
    protocol_version="HTTP/1.1"
    def log_message(s,*a): pass
    def go(s):
        ln=int(s.headers.get("content-length") or 0); body=s.rfile.read(ln)
        port=s.server.server_port
        rec="%d %s %s auth=%s body=%s"%(port,s.command,s.path,s.headers.get("authorization"),body[:200]); open("seen.log","a").write(rec+"\n")
        def out(code,b=b"",h={}):
            s.send_response(code)
            for k,v in h.items(): s.send_header(k,v)
            s.send_header("content-length",str(len(b))); s.end_headers()
            if s.command!="HEAD": s.wfile.write(b)
        p=s.path
        if port==OTHER:
            if p.startswith("/token"): return out(200,b'{"token":"tok-distinct","expires_in":300}')
            if p.startswith("/blob/"): return out(200,B[p[6:]])
            return out(404)
        if p.startswith("/token"): return out(307,b"",{"location":"http://127.0.0.1:%d/token"%OTHER})
        if p.startswith("/v2/auth/") and s.headers.get("authorization") is None: return out(401,b"",{"www-authenticate":'Bearer realm="http://127.0.0.1:%d/token",service="x"'%PORT})
        if p.startswith("/v2/basic/") and s.headers.get("authorization") is None: return out(401,b"",{"www-authenticate":'Basic realm="x"'})
        parts=p.split("/")
        if "manifests" in parts:
            r=parts[-1]; b=T.get(r) if not r.startswith("sha256") else B.get(r)
            if r=="errhtml": return out(500,b"<h1>\x1b]0;x\x07\x1b[2J"+b"a"*100000)
            if r=="errjson": return out(403,json.dumps({"errors":[{"code":"X\x1b[2J","message":"\x1b]0;pwn\x07\x1b[2J\u009b2J"}]}).encode())
            if r=="redirfile": return out(302,b"",{"location":"file:///etc/passwd"})
            if r=="redirloop": return out(302,b"",{"location":s.path})
            if r=="redirmeta": return out(302,b"",{"location":"http://169.254.1.1/"})
            if r=="drip":
                s.send_response(200); s.send_header("content-length","1000"); s.end_headers()
                for i in range(1000): s.wfile.write(b" "); s.wfile.flush(); time.sleep(1)
                return
            if b is None: return out(404,b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
            try: mt=json.loads(b).get("mediaType","application/vnd.oci.image.manifest.v1+json")
            except Exception: mt="application/vnd.oci.image.manifest.v1+json"
            return out(200,b,{"content-type":mt,"docker-content-digest":"sha256:"+hashlib.sha256(b).hexdigest() if r!="self" and r!="sha256:"+"1"*64 else "sha256:"+"1"*64})
        if "blobs" in parts:
            d=parts[-1]
            if "basic" in parts or "auth" in parts: return out(307,b"",{"location":"http://127.0.0.1:%d/blob/"%OTHER+d})
            return out(200,B.get(d,PROV))
        if p.endswith("/tags/list") or "tags/list" in p: return out(200,b'{"tags":["ok"]}')
        out(200,b"{}")
    do_GET=do_HEAD=do_POST=go
build(sys.argv[3],sys.argv[4])
for port in (PORT,OTHER):
    threading.Thread(target=http.server.ThreadingHTTPServer(("127.0.0.1",port),H).serve_forever,daemon=True).start()
print("up",flush=True); time.sleep(100000)
