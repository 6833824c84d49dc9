import type { KubernetesObject } from "./objects.ts";

/**
 * Replicas that a HorizontalPodAutoscaler gives its target: its recommendation within its bounds. So it takes back
 * what others write into the target, and follows when `minReplicas` is raised. A target of 0 switches it off.
 */
export function wantedByAutoscaler(hpa: KubernetesObject, current: number, recommended: number): number {
  if (current === 0) return 0;
  const { min, max } = autoscalerBounds(hpa);
  return Math.min(Math.max(recommended, min), max);
}

/** `minReplicas` is 1 when absent. */
export function autoscalerBounds(hpa: KubernetesObject): { min: number; max: number } {
  const { minReplicas, maxReplicas } = hpa.spec ?? {};
  return {
    min: typeof minReplicas === "number" ? minReplicas : 1,
    max: typeof maxReplicas === "number" ? maxReplicas : 1,
  };
}

/** The status after a sync that found `current` replicas and wants `wanted`. */
export function autoscalerStatus(
  hpa: KubernetesObject,
  current: number,
  wanted: number,
  time: string,
): Record<string, unknown> {
  const lastScaleTime = current === wanted ? hpa.status?.lastScaleTime : time;
  return {
    observedGeneration: hpa.metadata.generation,
    currentReplicas: current,
    desiredReplicas: wanted,
    ...(lastScaleTime ? { lastScaleTime } : {}),
    conditions: [
      { type: "AbleToScale", status: "True", reason: "ReadyForNewScale" },
      {
        type: "ScalingActive",
        status: current === 0 ? "False" : "True",
        reason: current === 0 ? "ScalingDisabled" : "ValidMetricFound",
      },
    ],
  };
}
