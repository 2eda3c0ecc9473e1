//! Keys and addresses: a key by its name, only in a key's field, and only for the hosts that the operator binds it to.

use super::fields::Vendor;
use crate::{
    Span,
    document::{Content, Entry},
    langchain::{
        make,
        node::{Node, node},
        translator::Translator,
    },
    suggest::shorten,
};
use url::{Host, Url};

/// Where Anthropic's models are.
const ANTHROPIC: &str = "https://api.anthropic.com";

/// Azure's secrets: the second counts before the first.
const AZURE_KEY: &str = "AZURE_OPENAI_API_KEY";
const AZURE_TOKEN: &str = "AZURE_OPENAI_AD_TOKEN";

/// How a model gets to its service.
#[derive(Default)]
pub(super) struct Access {
    /// The secrets that are used, and where each is named.
    secrets: Vec<(String, Span)>,
    /// Whether the chain has a key of its own, which is no secret of this machine.
    own: bool,
    /// The addresses, and where each stands.
    addresses: Vec<(Url, Span)>,
    /// What stands in the chain file.
    pub(super) entries: Vec<Entry>,
}

/// How an operator allows a secret and a host.
const ALLOWED_BY: &str = "`langchain: { secrets: ... }` in the chain file, or `--langchain-secret`";

const CLEAR: &str = "set the key as a variable of the environment, and export the chain anew with `dumps`; if the key was shared, replace it";

impl Translator<'_> {
    pub(super) fn key(&mut self, vendor: Vendor, parameter: &str, entry: &Entry, access: &mut Access) {
        let item = &entry.value;
        match (node(item), &item.content) {
            (Node::Secret(name), _) if self.hosts(name).is_some() => {
                let value = make::text(item.span, format!("${{{name}}}"));
                access.secrets.push((name.into(), item.span));
                access.entries.push(Entry { key: parameter.into(), span: entry.span, value });
            }
            (Node::Secret(name), _) => {
                let message = format!("chains may not use the secret `{}`", shorten(name));
                let known = crate::suggest::list(self.options.secrets.keys().map(String::as_str));
                let remedy = format!("use one of {known}, or allow it with its hosts: {ALLOWED_BY}");
                self.mistakes.error(item.span, message, remedy);
            }
            (Node::Plain, Content::Text(text, _)) if !text.is_empty() && !text.contains("${") => {
                self.mistakes.hide(item.span);
                self.mistakes.warning(item.span, "a key stands here in clear", CLEAR);
                let value = make::text(item.span, text.as_str());
                access.own = true;
                access.entries.push(Entry { key: parameter.into(), span: entry.span, value });
            }
            (Node::Plain, Content::Text(text, _)) if text.is_empty() && vendor.needs_key() => {
                self.mistakes.error(
                    item.span,
                    "the key is empty",
                    "leave it out, and set the key's variable",
                );
            }
            (Node::Plain, Content::Text(..)) => {}
            _ => drop(self.expected::<()>(item, "a secret")),
        }
    }

    pub(super) fn address(&mut self, vendor: Vendor, parameter: &str, entry: &Entry, access: &mut Access) {
        let item = &entry.value;
        let Some(text) = self.text(item, &format!("`{}`", entry.key)) else { return };
        if text.is_empty() {
            return;
        }
        let Some(url) = Url::parse(text).ok().filter(is_service) else {
            self.mistakes.hide(item.span);
            let remedy = "write `https://` and the host, without a user";
            self.mistakes.error(item.span, "this is no address of a service", remedy);
            return;
        };
        // Anthropic's own address is always written, chosen or not.
        let own = vendor == Vendor::Anthropic && matches!(text, ANTHROPIC | "https://api.anthropic.com/");
        if !own {
            let value = make::text(item.span, text);
            access.entries.push(Entry { key: parameter.into(), span: entry.span, value });
        }
        access.addresses.push((url, item.span));
    }

    pub(super) fn proxy(&mut self, entry: &Entry) {
        if entry.value.as_text() != Some("") {
            let remedy = "leave it out, and set `HTTPS_PROXY` where the program runs";
            self.mistakes.error(entry.span, "a chain may not choose a proxy", remedy);
        }
    }

    /// Checks that each secret goes to hosts it is for, the vendor's own secret included, which is used if none is named.
    pub(super) fn check_access(&mut self, vendor: Vendor, access: &Access, at: Span) {
        if access.own && access.secrets.is_empty() {
            return access.addresses.iter().for_each(|(url, span)| self.check_known(&host_of(url), *span));
        }
        let own = (vendor.secret().to_string(), at);
        let secrets = if access.secrets.is_empty() { std::slice::from_ref(&own) } else { &access.secrets };
        for (secret, named) in secrets {
            for (url, span) in &access.addresses {
                self.check_host(secret, &host_of(url), *span);
            }
            if let (true, Some(host)) = (access.addresses.is_empty(), vendor.host()) {
                self.check_host(secret, host, *named);
            }
        }
    }

    /// A chain with a key of its own is still not led just anywhere: only to hosts that some secret may go to.
    fn check_known(&mut self, host: &str, at: Span) {
        let mut hosts = self.options.secrets.values().flatten();
        if !hosts.any(|allowed| allowed.eq_ignore_ascii_case(host)) {
            let message = format!("chains may not send anything to `{}`", shorten(host));
            let remedy = format!("if the chain is to be trusted, allow this host for a secret: {ALLOWED_BY}");
            self.mistakes.error(at, message, remedy);
        }
    }

    /// The hosts that a secret may be sent to. Azure's token goes where Azure's key goes.
    fn hosts(&self, secret: &str) -> Option<&[String]> {
        let secrets = &self.options.secrets;
        let of_key = || secrets.get(AZURE_KEY).filter(|_| secret == AZURE_TOKEN);
        secrets.get(secret).or_else(of_key).map(Vec::as_slice)
    }

    fn check_host(&mut self, secret: &str, host: &str, at: Span) {
        let hosts = self.hosts(secret).unwrap_or_default();
        if hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host)) {
            return;
        }
        let message = format!("the secret `{secret}` may not be sent to `{}`", shorten(host));
        let remedy = format!("if the chain is to be trusted, allow this host for this secret: {ALLOWED_BY}");
        self.mistakes.error(at, message, remedy);
    }
}

/// Whether an address is one of a service, and without a user.
fn is_service(url: &Url) -> bool {
    let scheme = matches!(url.scheme(), "https" | "http");
    scheme && url.has_host() && url.username().is_empty() && url.password().is_none()
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// The host, with its port unless that is the scheme's own. One that is not on this machine and is spoken to in clear
/// text has `http://` before it, so that whoever allows a host does not allow that by the way.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let clear = if url.scheme() == "http" && !is_local(url) { "http://" } else { "" };
    url.port().map_or_else(|| format!("{clear}{host}"), |port| format!("{clear}{host}:{port}"))
}
