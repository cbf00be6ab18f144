import { Text, Timeline } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconInfoCircle } from '@tabler/icons-react';
import type { Schema } from './api.ts';

type Step = Schema<'ProviderTestStep'>;

const LOOKS = {
  passed: { color: 'teal', word: 'Passed', icon: <IconCheck size={14} aria-hidden /> },
  failed: { color: 'red', word: 'Failed', icon: <IconAlertTriangle size={14} aria-hidden /> },
  noted: { color: 'gray', word: 'Note', icon: <IconInfoCircle size={14} aria-hidden /> },
} as const;

/** What a provider was asked, step by step. */
export function ProviderSteps({ steps }: { steps: readonly Step[] }) {
  return (
    <Timeline bulletSize={24} lineWidth={2} active={steps.length} aria-label="Steps">
      {steps.map((step, index) => {
        const look = LOOKS[step.outcome];
        return (
          <Timeline.Item
            // biome-ignore lint/suspicious/noArrayIndexKey: steps have no other identity and never move.
            key={index}
            bullet={look.icon}
            color={look.color}
            title={`${look.word}: ${step.step.replaceAll('_', ' ')}`}
          >
            <Text size="sm">{step.message}</Text>
            {step.advice !== undefined && (
              <Text size="sm" mt={4}>
                <b>What to do:</b> {step.advice}
              </Text>
            )}
            <Text size="xs" c="dimmed">
              {step.milliseconds} ms
            </Text>
          </Timeline.Item>
        );
      })}
    </Timeline>
  );
}
