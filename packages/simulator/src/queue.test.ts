import assert from "node:assert/strict";
import { advanceQueue, emptyQueue, meanWaiting, responseTime } from "./queue.ts";

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

function close(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`);
}

describe("queue", () => {
  it("settles at the textbook values of one patient server", () => {
    const rates = { arrivals: 5, servers: 1, perServer: 10, giveUp: 1e-9 };
    const { queue, utilisation } = advanceQueue(emptyQueue(100), rates, 30);
    for (let n = 0; n < 10; n++) close(queue[n]!, 0.5 * 0.5 ** n, 1e-6);
    close(utilisation, 0.5, 1e-6);
    close(meanWaiting(queue, 1), 0.5, 1e-6);
  });

  it("settles at the textbook share of waiting requests with many servers", () => {
    // Erlang C for 2 servers and an offered load of 1: 1/3.
    const { queue } = advanceQueue(emptyQueue(100), { arrivals: 10, servers: 2, perServer: 10, giveUp: 1e-9 }, 30);
    close(1 - queue[0]! - queue[1]!, 1 / 3, 1e-6);
  });

  it("loses no request: what arrived was served, was lost, or is still there", () => {
    const rates = { arrivals: 58, servers: 4, perServer: 6.25, giveUp: 0.2 };
    let queue = emptyQueue(400);
    let [served, lost] = [0, 0];
    for (let step = 0; step < 40; step++) {
      const next = advanceQueue(queue, rates, 0.25);
      queue = next.queue;
      served += next.served;
      lost += next.lost;
    }
    const present = queue.reduce((total, share, n) => total + share * n, 0);
    close(served + lost + present, 58 * 10, 1e-6);
    close(sum(queue), 1, 1e-9);
  });

  it("answers an idle service's requests in the time of the work alone", () => {
    const rates = { arrivals: 0, servers: 4, perServer: 10, giveUp: 0.2 };
    close(responseTime(emptyQueue(10), rates, 0.9), 100 * Math.log(10), 0.01);
  });

  it("leaves its argument alone", () => {
    const queue = emptyQueue(10);
    advanceQueue(queue, { arrivals: 5, servers: 1, perServer: 10, giveUp: 0.2 }, 1);
    assert.deepEqual(queue, emptyQueue(10));
  });
});
