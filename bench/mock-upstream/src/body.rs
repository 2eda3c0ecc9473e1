//! Answer bodies: whole, cut short, or a stream of events at their due times.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use crate::params::{Fault, Params};
use crate::state::{CREATED, Frames, Guard, ID};

/// A moment before a cut, so that what came before reaches the wire.
const CUT_GRACE: Duration = Duration::from_millis(20);

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "mock cut")
}

type Event = Option<Result<Bytes, io::Error>>;

enum Step {
    Head,
    Token(u32),
    Tail,
    Usage,
    Done,
    End,
    Stalled,
    Cut,
}

pub struct StreamBody {
    guard: Guard,
    frames: Arc<Frames>,
    params: Params,
    fault: Fault,
    fault_done: bool,
    usage: bool,
    step: Step,
    start: Instant,
    sleep: Pin<Box<Sleep>>,
    armed: bool,
    /// split mode: what is left of the event, and whether the last piece had its flush
    pending: Bytes,
    flushed: bool,
}

impl StreamBody {
    pub fn new(
        guard: Guard,
        frames: Arc<Frames>,
        params: Params,
        fault: Fault,
        usage: bool,
        start: Instant,
    ) -> Self {
        StreamBody {
            guard,
            frames,
            params,
            fault,
            fault_done: false,
            usage,
            step: Step::Head,
            start,
            sleep: Box::pin(tokio::time::sleep_until(start)),
            armed: false,
            pending: Bytes::new(),
            flushed: false,
        }
    }

    /// Next whole event, or Pending while its time has not come. None = end.
    fn next_event(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        loop {
            match self.step {
                Step::Head => {
                    if self.params.first_us > 0 && !self.is_due(0, cx) {
                        return Poll::Pending;
                    }
                    return self.emit(self.frames.head.clone(), Step::Token(0));
                }
                Step::Token(i) if i >= self.params.tokens => {
                    self.step = if self.fault == Fault::NoDone { Step::End } else { Step::Tail };
                }
                Step::Token(i) => {
                    if self.params.first_us + self.params.gap_us > 0 && !self.is_due(i, cx) {
                        return Poll::Pending;
                    }
                    if i == self.params.after && !self.fault_done {
                        self.fault_done = true;
                        if let Some(b) = self.begin_fault() {
                            return Poll::Ready(Some(Ok(b)));
                        }
                        continue;
                    }
                    self.guard.shared.stats.tokens_sent.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    return self.emit(self.frames.tokens[i as usize].clone(), Step::Token(i + 1));
                }
                Step::Tail => {
                    let next = if self.usage { Step::Usage } else { Step::Done };
                    return self.emit(self.frames.tail.clone(), next);
                }
                Step::Usage => return self.emit(usage_event(self.params.tokens), Step::Done),
                Step::Done => {
                    self.guard.finish();
                    return self.emit(Bytes::from_static(b"data: [DONE]\n\n"), Step::End);
                }
                Step::End => {
                    if self.fault == Fault::None {
                        self.guard.finish();
                    } else {
                        self.guard.fault();
                    }
                    return Poll::Ready(None);
                }
                Step::Stalled => return Poll::Pending,
                Step::Cut => {
                    if self.sleep.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    self.guard.fault();
                    return Poll::Ready(Some(Err(cut())));
                }
            }
        }
    }

    fn emit(&mut self, event: Bytes, next: Step) -> Poll<Event> {
        self.step = next;
        Poll::Ready(Some(Ok(event)))
    }

    /// Turns to the fault's step, or gives the bytes it puts between two tokens.
    fn begin_fault(&mut self) -> Option<Bytes> {
        match self.fault {
            Fault::Cut => {
                self.sleep.as_mut().reset(Instant::now() + CUT_GRACE);
                self.step = Step::Cut;
                None
            }
            Fault::Stall => {
                self.step = Step::Stalled;
                None
            }
            Fault::Garbage => Some(Bytes::from_static(
                b"data: {not json at all\n\n\xff\xfe\x00garbage line\ndata: [1,2\n\n",
            )),
            Fault::ErrEvent => {
                self.step = Step::End;
                Some(Bytes::from_static(
                    b"data: {\"error\":{\"message\":\"The server had an error while processing your request. Sorry about that!\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n",
                ))
            }
            Fault::Huge => Some(huge_event()),
            Fault::None | Fault::Status(_) | Fault::SlowHeaders | Fault::NoDone | Fault::Reset => None,
        }
    }

    fn is_due(&mut self, i: u32, cx: &mut Context<'_>) -> bool {
        if !self.armed {
            let due =
                self.start + Duration::from_micros(self.params.first_us + self.params.gap_us * u64::from(i));
            if due <= Instant::now() {
                return true;
            }
            self.sleep.as_mut().reset(due);
            self.armed = true;
        }
        self.armed = self.sleep.as_mut().poll(cx).is_pending();
        !self.armed
    }

    /// Split mode: small pieces, each flushed because the poll after it yields once.
    fn next_piece(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        if self.pending.is_empty() {
            match self.next_event(cx) {
                Poll::Ready(Some(Ok(b))) => self.pending = b,
                other => return other,
            }
        } else if !self.flushed {
            self.flushed = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.flushed = false;
        let n = (self.params.split as usize).min(self.pending.len());
        Poll::Ready(Some(Ok(self.pending.split_to(n))))
    }

    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        if self.params.split > 0 { self.next_piece(cx) } else { self.next_event(cx) }
    }
}

fn usage_event(tokens: u32) -> Bytes {
    let total = tokens + 10;
    Bytes::from(format!(
        "data: {{\"id\":\"{ID}\",\"object\":\"chat.completion.chunk\",\"created\":{CREATED},\"model\":\"gpt-4o\",\"choices\":[],\
         \"usage\":{{\"prompt_tokens\":10,\"completion_tokens\":{tokens},\"total_tokens\":{total}}}}}\n\n"
    ))
}

fn huge_event() -> Bytes {
    let big = "x".repeat(8 << 20);
    Bytes::from(format!(
        "data: {{\"id\":\"{ID}\",\"object\":\"chat.completion.chunk\",\"created\":{CREATED},\"model\":\"m\",\
         \"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{big}\"}},\"finish_reason\":null}}]}}\n\n"
    ))
}

pub enum Answer {
    Full(Option<Bytes>),
    /// claims more bytes than it sends, then errors: connection cut mid-body
    Short {
        sent: Option<Bytes>,
        claimed: u64,
        wait: Pin<Box<Sleep>>,
    },
    Stream(Box<StreamBody>),
}

impl Answer {
    /// The first half of `whole` under the length of all of it.
    pub fn cut_in_half(whole: String) -> Answer {
        let claimed = whole.len() as u64;
        let sent = Bytes::from(whole).slice(..claimed as usize / 2);
        Answer::Short { sent: Some(sent), claimed, wait: Box::pin(tokio::time::sleep(CUT_GRACE)) }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let bytes = match self.get_mut() {
            Answer::Full(b) => Poll::Ready(b.take().map(Ok)),
            Answer::Short { sent, wait, .. } => match sent.take() {
                Some(b) => Poll::Ready(Some(Ok(b))),
                None => wait.as_mut().poll(cx).map(|()| Some(Err(cut()))),
            },
            Answer::Stream(s) => s.poll_bytes(cx),
        };
        bytes.map(|event| event.map(|r| r.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Answer::Full(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Answer::Full(b) => SizeHint::with_exact(b.as_ref().map_or(0, Bytes::len) as u64),
            Answer::Short { claimed, .. } => SizeHint::with_exact(*claimed),
            Answer::Stream(_) => SizeHint::default(),
        }
    }
}
