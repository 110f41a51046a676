import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where a proxy under test listens, sends to and may write. */
export interface Setting {
  readonly folder: string;
  readonly port: number;
  readonly upstreamPort: number;
}

/** A proxy under test: writes its configuration and says how it is started in the foreground. */
export interface Peer {
  readonly name: string;
  /** Program that must be there. */
  readonly program: string;
  configure(setting: Setting): { readonly command: readonly string[]; readonly env?: object };
}

/**
 * All do the same work: one worker, keep-alive on both sides, the forwarded fields and an id set,
 * one JSON line per request to a file. Everything else is left as installed.
 */
export function createPeers(proxCommand: readonly string[]): readonly Peer[] {
  return [nginx, prox(proxCommand), haproxy, caddy];
}

const nginx: Peer = {
  name: "nginx",
  program: "nginx",
  configure({ folder, port, upstreamPort }) {
    const file = join(folder, "nginx.conf");
    // Files of a benchmark lie in a 0700 folder: workers of another user would answer 403.
    const user = process.getuid?.() === 0 ? "user root;" : "";
    writeFileSync(
      file,
      `${user}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx-error.log error;
events { worker_connections 8192; }
http {
  client_body_temp_path ${folder}/nginx-body;
  proxy_temp_path ${folder}/nginx-proxy;
  fastcgi_temp_path ${folder}/nginx-fastcgi;
  uwsgi_temp_path ${folder}/nginx-uwsgi;
  scgi_temp_path ${folder}/nginx-scgi;
  log_format bench escape=json '{"time":"$time_iso8601","request_id":"$request_id","client_ip":"$remote_addr","method":"$request_method","host":"$host","path":"$uri","query":"$args","upstream":"$upstream_addr","status":$status,"bytes_in":$request_length,"bytes_out":$body_bytes_sent,"duration_s":$request_time,"upstream_connect_s":"$upstream_connect_time","upstream_first_byte_s":"$upstream_header_time","protocol":"$server_protocol","user_agent":"$http_user_agent","referer":"$http_referer"}';
  access_log ${folder}/nginx-access.log bench buffer=64k flush=1s;
  keepalive_requests 100000000;
  upstream up {
    server 127.0.0.1:${upstreamPort};
    keepalive 256;
    keepalive_requests 100000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://up;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Request-Id $request_id;
      proxy_set_header Via "1.1 nginx";
    }
  }
}
`,
    );
    return { command: ["nginx", "-c", file, "-e", join(folder, "nginx-error.log")] };
  },
};

const haproxy: Peer = {
  name: "haproxy",
  program: "haproxy",
  configure({ folder, port, upstreamPort }) {
    const file = join(folder, "haproxy.cfg");
    // HAProxy writes no files of its own: its lines go to stdout, one write each, which is a file.
    writeFileSync(
      file,
      `global
  nbthread 1
  maxconn 8192
  log stdout format raw local0 info
defaults
  mode http
  log global
  option http-keep-alive
  option forwardfor
  option dontlognull
  unique-id-format %[uuid()]
  log-format '{"time":"%trl","request_id":"%ID","client_ip":"%ci","method":"%HM","path":"%HPO","query":"%HQ","upstream":"%b/%s","status":%ST,"bytes_in":%U,"bytes_out":%B,"duration_ms":%Ta,"upstream_connect_ms":%Tc,"upstream_first_byte_ms":%Tr,"protocol":"%HV"}'
  timeout connect 5s
  timeout client 75s
  timeout server 60s
frontend public
  bind 127.0.0.1:${port}
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Real-IP %[src]
  http-request set-header X-Request-Id %[unique-id]
  http-request set-header Via '1.1 haproxy'
  default_backend up
backend up
  http-reuse always
  server up1 127.0.0.1:${upstreamPort} maxconn 256 pool-max-conn 256
`,
    );
    return { command: ["haproxy", "-db", "-f", file] };
  },
};

const caddy: Peer = {
  name: "caddy",
  program: "caddy",
  configure({ folder, port, upstreamPort }) {
    const file = join(folder, "Caddyfile");
    writeFileSync(
      file,
      `{
	admin off
	auto_https off
	log default {
		output discard
		exclude http.log.access
	}
}
http://:${port} {
	bind 127.0.0.1
	log {
		output file ${folder}/caddy-access.log {
			roll_disabled
		}
		format json
	}
	reverse_proxy 127.0.0.1:${upstreamPort} {
		header_up X-Real-IP {remote_host}
		header_up X-Request-Id {http.request.uuid}
		header_up Via "1.1 caddy"
		transport http {
			keepalive_idle_conns_per_host 256
		}
	}
}
`,
    );
    return {
      command: ["caddy", "run", "--adapter", "caddyfile", "--config", file],
      env: { GOMAXPROCS: "1", HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    };
  },
};

function prox(command: readonly string[]): Peer {
  return {
    name: "prox",
    program: command[0] ?? "",
    configure({ folder, port, upstreamPort }) {
      const file = join(folder, "prox.yaml");
      writeFileSync(
        file,
        `listen_addr: "127.0.0.1:${port}"
access_log:
  format: json
  path: ${folder}/prox-access.log
log:
  level: warn
routes:
  /:
    type: proxy
    target: http://127.0.0.1:${upstreamPort}
`,
      );
      return { command: [...command, "serve", "--config", file] };
    },
  };
}
