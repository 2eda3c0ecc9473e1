//! What is known of a request before it is read: its run id, its sender, and where it came through.

use crate::{
    http::{Request, header_text},
    settings::Settings,
};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use windlass_core::RunId;

/// The peer of a connection; the listener puts it into each request's extensions.
#[derive(Debug, Clone, Copy)]
pub struct PeerAddr(pub SocketAddr);

/// What is known of a request before it is read.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// The client's run id if it sent a UUID, else a new one.
    pub(crate) run: RunId,
    /// The W3C trace context, if it is well-formed.
    pub(crate) traceparent: Option<String>,
    /// What stands before this server's paths in the client's view: empty, or like `/ai`.
    pub(crate) prefix: String,
    /// The client's address, behind trusted proxies.
    pub(crate) client: Option<IpAddr>,
}

impl Facts {
    pub(crate) fn of(request: &Request, settings: &Settings) -> Self {
        let headers = request.headers();
        let peer = request.extensions().get::<PeerAddr>().map(|peer| peer.0.ip());
        let trusted = peer.is_some_and(|peer| is_trusted(&settings.trusted_proxies, peer));
        let forwarded_prefix = trusted.then(|| header_text(headers, "x-forwarded-prefix")).flatten();
        let prefix = forwarded_prefix.filter(|prefix| is_path(prefix)).or(settings.base_path.as_deref());
        Facts {
            run: header_text(headers, "x-run-id")
                .and_then(|id| id.parse().ok())
                .map_or_else(RunId::new, RunId),
            traceparent: header_text(headers, "traceparent")
                .filter(|text| is_traceparent(text))
                .map(Into::into),
            prefix: prefix.unwrap_or_default().trim_end_matches('/').to_string(),
            client: if trusted { client_behind(request, settings).or(peer) } else { peer },
        }
    }
}

fn is_trusted(networks: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

/// The last address in the chain of proxies that is not a trusted proxy itself. Read from the right, where the trusted ones
/// write; what stands before a hop that cannot be read is anybody's word.
fn client_behind(request: &Request, settings: &Settings) -> Option<IpAddr> {
    let headers = request.headers();
    let (name, read): (_, fn(&str) -> Option<IpAddr>) = match headers.contains_key("forwarded") {
        true => ("forwarded", forwarded_for),
        false => ("x-forwarded-for", address),
    };
    // A value that is no text is a hop that cannot be read.
    let values = headers.get_all(name).iter().rev().map(|value| value.to_str().unwrap_or("?"));
    let hops = values.flat_map(|value| value.rsplit(',')).map(str::trim).filter(|hop| !hop.is_empty());
    let mut client = None;
    for hop in hops.map_while(read) {
        client = Some(hop);
        if !is_trusted(&settings.trusted_proxies, hop) {
            break;
        }
    }
    client
}

/// The `for=` of one element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    address(value.trim_matches('"'))
}

/// An address with or without a port: `1.2.3.4`, `1.2.3.4:80`, `[::1]:80`, `::1`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || text.strip_prefix('[')?.split(']').next()?.parse().ok();
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip())).or_else(bare)
}

fn is_path(prefix: &str) -> bool {
    let plain = |char: char| char.is_ascii_alphanumeric() || "/-_.~".contains(char);
    prefix.starts_with('/') && !prefix.starts_with("//") && prefix.len() <= 256 && prefix.chars().all(plain)
}

/// `00-<32 hex>-<16 hex>-<2 hex>`, and neither id all zeros.
fn is_traceparent(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &str, length: usize| {
        part.len() == length
            && part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let zero = |part: &str| part.bytes().all(|byte| byte == b'0');
    match parts.as_slice() {
        [version, trace, span, flags] => {
            hex(version, 2)
                && *version != "ff"
                && hex(trace, 32)
                && hex(span, 16)
                && hex(flags, 2)
                && !zero(trace)
                && !zero(span)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    fn facts(peer: &str, headers: &[(&str, &str)]) -> Facts {
        let settings =
            Settings { trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()], ..Settings::default() };
        let mut request = http::Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request
            .body(http_body_util::Empty::new().map_err(|never| match never {}).boxed_unsync())
            .unwrap();
        request.extensions_mut().insert(PeerAddr(peer.parse().unwrap()));
        Facts::of(&request, &settings)
    }

    #[test]
    fn proxies_are_believed_only_if_trusted() {
        let headers = [("x-forwarded-for", "6.6.6.6, 1.2.3.4, 10.0.0.9"), ("x-forwarded-prefix", "/ai/")];
        let trusted = facts("10.1.1.1:5", &headers);
        assert_eq!((trusted.client, trusted.prefix.as_str()), (Some("1.2.3.4".parse().unwrap()), "/ai"));
        let stranger = facts("9.9.9.9:5", &headers);
        assert_eq!((stranger.client, stranger.prefix.as_str()), (Some("9.9.9.9".parse().unwrap()), ""));
        let forwarded =
            facts("10.1.1.1:5", &[("forwarded", "for=\"[2001:db8::1]:80\";proto=https, for=10.0.0.2")]);
        assert_eq!(forwarded.client, Some("2001:db8::1".parse().unwrap()));
        assert_eq!(facts("10.1.1.1:5", &[("x-forwarded-prefix", "//evil.example/")]).prefix, "");
    }

    #[test]
    fn hops_are_believed_only_up_to_one_that_cannot_be_read() {
        for (headers, client) in [
            (&[("x-forwarded-for", "6.6.6.6, unknown, 10.0.0.9")][..], "10.0.0.9"),
            (&[("x-forwarded-for", "6.6.6.6, 1.2.3.4:x")], "10.1.1.1"),
            (&[("x-forwarded-for", "6.6.6.6, \u{e9}")], "10.1.1.1"),
            (&[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "1.2.3.4, , 10.0.0.9")], "1.2.3.4"),
            (&[("x-forwarded-for", "10.0.0.7, 10.0.0.8")], "10.0.0.7"),
            (&[("forwarded", "for=6.6.6.6, for=_hidden, for=10.0.0.9")], "10.0.0.9"),
            (&[("forwarded", "for=6.6.6.6, proto=https")], "10.1.1.1"),
            (&[("forwarded", "for=1.2.3.4"), ("x-forwarded-for", "6.6.6.6")], "1.2.3.4"),
            (&[("forwarded", "for=unknown"), ("x-forwarded-for", "6.6.6.6")], "10.1.1.1"),
        ] {
            assert_eq!(facts("10.1.1.1:5", headers).client, Some(client.parse().unwrap()), "{headers:?}");
        }
    }

    #[test]
    fn run_ids_and_trace_contexts_are_taken_only_in_their_form() {
        let id = "0190a5b2-7c4e-7d3e-8a2b-1c2d3e4f5a6b";
        assert_eq!(facts("9.9.9.9:5", &[("x-run-id", id)]).run.to_string(), id);
        assert_ne!(facts("9.9.9.9:5", &[("x-run-id", "x\ty")]).run.to_string(), "x\ty");
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(facts("9.9.9.9:5", &[("traceparent", parent)]).traceparent.as_deref(), Some(parent));
        assert_eq!(facts("9.9.9.9:5", &[("traceparent", "00-0-0-01")]).traceparent, None);
    }
}
