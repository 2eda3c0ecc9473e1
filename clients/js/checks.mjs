// What the scripts of all JavaScript clients share: checks, and what the servers say of themselves.

import assert from "node:assert/strict";

export const { WINDLASS, UPSTREAM } = process.env;
export const QUESTION = "What is Python?";
export const ANSWER = `You said: ${QUESTION}`;
export const WORDS = ["You ", "said: ", "What ", "is ", "Python?"];

const checks = [];

/** Registers a check. */
export function check(name, run) {
  checks.push({ name, run });
}

/** Runs the checks in order, and says how many passed. */
export async function main() {
  let failed = 0;
  for (const { name, run } of checks) {
    try {
      await within(20_000, run());
      console.log(`ok ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED ${name}: ${oneLine(error)}`);
      console.error(error);
    }
  }
  console.log(`${checks.length - failed} passed, ${failed} failed`);
  process.exit(failed > 0 || checks.length === 0 ? 1 : 0);
}

function oneLine(error) {
  return `${error?.name}: ${error?.message}`.replaceAll("\n", " ");
}

function within(time, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("it does not end")), time);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export const equal = assert.deepEqual;
export const ok = assert.ok;
export const match = assert.match;

/** The error that a promise is rejected with. */
export async function rejection(promise) {
  let outcome;
  try {
    outcome = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`no error, but ${JSON.stringify(outcome)}`);
}

/** All of a stream. */
export async function all(stream) {
  const items = [];
  for await (const item of await stream) items.push(item);
  return items;
}

/** What a stream gave, and the error that it then threw; one that ends well fails the check. */
export async function untilError(stream) {
  const items = [];
  try {
    for await (const item of await stream) items.push(item);
  } catch (error) {
    return { items, error };
  }
  throw new Error(`the stream ended as if all were well: ${JSON.stringify(items)}`);
}

/** The items of a stream whose words the service says 100 ms apart: they must not come all at once. */
export async function paced(stream) {
  const [items, times] = [[], []];
  for await (const item of await stream) {
    items.push(item);
    times.push(performance.now());
  }
  oneByOne(times);
  return items;
}

export function oneByOne(times) {
  const gaps = times.slice(1).map((time, place) => time - times[place]);
  ok(gaps.filter((gap) => gap > 50).length >= 3, `came at once: ${gaps}`);
}

/** How many requests for a model the service had, has open, and saw given up. */
export async function upstream(model) {
  const stats = await (await fetch(`${UPSTREAM}/stats`)).json();
  return stats[model] ?? { requests: 0, open: 0, cancelled: 0 };
}

async function cancelledRuns(chain) {
  const lines = (await (await fetch(`${WINDLASS}/metrics`)).text()).split("\n");
  const found = lines.filter(
    (line) =>
      line.startsWith("windlass_requests_total{") &&
      line.includes(`chain="${chain}"`) &&
      line.includes('outcome="cancelled"'),
  );
  return found.reduce((sum, line) => sum + Number(line.split("} ")[1]), 0);
}

/** Starts what a client gives up: the server ends the run, and its connection to the service. */
export async function givenUp(chain, run) {
  const before = [await cancelledRuns(chain), (await upstream(chain)).cancelled];
  await run(() => until(async () => (await upstream(chain)).open > 0, "the service is never asked"));
  await until(async () => {
    const { open, cancelled } = await upstream(chain);
    return open === 0 && cancelled > before[1] && (await cancelledRuns(chain)) > before[0];
  }, "the run is not given up");
}

/** Waits until something is true. */
export async function until(isTrue, otherwise) {
  const deadline = performance.now() + 5_000;
  while (!(await isTrue())) {
    ok(performance.now() < deadline, otherwise);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

/** Nothing that the clients gave up is still running. */
export function nothingIsLeftOpen() {
  check("nothing is left open", async () => {
    for (const model of ["echo", "slow", "endless", "silent", "cuts", "stalls"]) {
      equal((await upstream(model)).open, 0);
    }
  });
}
