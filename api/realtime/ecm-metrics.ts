import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { EcmAttempt } from '../../appliance/ecm/ecm-exchange.ts';
import type { EcmHub } from './ecm-hub.ts';

/** Figures of the Endpoint Credential Manager. Answers what is called for every question to a host. */
export function ecmMetrics(registry: Registry, hub: EcmHub): (attempt: EcmAttempt) => void {
  new Gauge({
    name: 'bridgehead_ecm_hosts_connected',
    help: 'ECM hosts connected to this process, by what they were told: asked or waiting.',
    labelNames: ['place'],
    registers: [registry],
    collect() {
      this.set({ place: 'asked' }, hub.askedCount);
      this.set({ place: 'waiting' }, hub.count - hub.askedCount);
    },
  });
  const attempts = new Counter({
    name: 'bridgehead_ecm_questions_total',
    help: 'Questions of this process to ECM hosts, by what was asked and what came of it.',
    labelNames: ['question', 'outcome'],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'bridgehead_ecm_question_seconds',
    help: 'How long an ECM host took for a question.',
    labelNames: ['question'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
    registers: [registry],
  });
  return ({ kind, outcome, milliseconds }) => {
    attempts.inc({ question: kind, outcome });
    seconds.observe({ question: kind }, milliseconds / 1000);
  };
}
