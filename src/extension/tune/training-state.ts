/** A training as the page shows it: every message of the worker gives the next state. */
import type { ProbeGrid, TuneProgress, TuneResult, TuneStatusResult } from '../../contract/tune-api';
import type { FinishedState, ProbePair, TrainingState } from '../../contract/tune-page';

/** Address of a file for the page. */
export type UriOf = (file: string) => string;

interface Started {
  readonly name: string;
  readonly probes: readonly string[];
  readonly settings: { readonly steps?: number };
}

export function startedState({ name, probes, settings }: Started): TrainingState {
  return {
    screen: 'training',
    name,
    phase: 'loading',
    step: 0,
    steps: settings.steps ?? 0,
    loss: [],
    gauge: [],
    probes: probes.map((probe) => ({ name: probe })),
    probeStep: 0,
  };
}

/** A training that goes on, with the curves and pictures it has so far. */
export function continuedState(
  { saved, step, steps, loss, gauge, before, latest }: NonNullable<TuneStatusResult['unfinished']>,
  uriOf: UriOf,
): TrainingState {
  const begun = { ...startedState(saved), step, steps, loss, gauge };
  return withProbes(withProbes(begun, before, uriOf), latest, uriOf);
}

export function progressed(state: TrainingState, progress: TuneProgress, uriOf: UriOf): TrainingState {
  const { phase, step, steps, secondsLeft, device, memoryBytes, loss, gauge, probes } = progress;
  const training = phase === 'training' || phase === 'paused';
  const next: TrainingState = {
    ...state,
    phase: state.phase === 'stopping' && phase === 'training' ? 'stopping' : phase,
    ...(step === undefined ? {} : { step }),
    ...(steps === undefined || !training ? {} : { steps }),
    ...(secondsLeft === undefined ? {} : { secondsLeft }),
    ...(device === undefined ? {} : { device }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(loss === undefined ? {} : { loss: [...state.loss, loss] }),
    ...(gauge === undefined ? {} : { gauge: [...state.gauge, gauge] }),
  };
  return withProbes(next, probes, uriOf);
}

/** The first grid is how it was before. A file that is drawn again gets a new address. */
function withProbes(state: TrainingState, grid: ProbeGrid | undefined, uriOf: UriOf): TrainingState {
  if (grid === undefined) return state;
  const side = grid.step === 0 ? 'before' : 'after';
  const probes = paired(state.probes, grid, side, uriOf);
  return { ...state, probes, probeStep: grid.step };
}

function paired(
  probes: readonly ProbePair[],
  { step, pictures }: ProbeGrid,
  side: 'before' | 'after',
  uriOf: UriOf,
): ProbePair[] {
  return probes.map((probe, index) => {
    const file = pictures[index];
    return file === undefined ? probe : { ...probe, [side]: `${uriOf(file)}?step=${step}` };
  });
}

export function finishedState(
  state: TrainingState,
  result: TuneResult,
  place: { readonly folder: string; readonly uriOf: UriOf },
): FinishedState {
  const before = paired(state.probes, result.before, 'before', place.uriOf);
  return {
    screen: 'finished',
    name: state.name,
    ended: result.ended,
    steps: result.steps,
    bestStep: result.bestStep,
    loss: result.loss,
    gauge: result.gauge,
    probes: paired(before, result.after, 'after', place.uriOf),
    probeStep: result.bestStep,
    notices: result.notices,
    folder: place.folder,
  };
}
