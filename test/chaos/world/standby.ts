import type { EvenkeelProcess } from "../../support/evenkeel.ts";
import type { World } from "./world.ts";

/** Takes over from those that die. It has worked before: what a process loads for its first action is loaded. */
export async function startStandby(world: World, roles: readonly string[]): Promise<EvenkeelProcess> {
  const standby = await world.start(roles);
  await world.settled([await world.report([standby.url], "Whole run")]);
  return standby;
}
