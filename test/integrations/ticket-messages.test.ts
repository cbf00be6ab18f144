import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import type { TicketQuestion } from '../../appliance/jump/ticket-check.ts';
import { ticketAnswer, ticketRequest } from '../../integrations/tickets/ticket-messages.ts';
import { processorTime } from '../support/processor-time.ts';

const QUESTION: TicketQuestion = {
  ticketId: 'INC<42> & "more"\u0001',
  user: { id: 7, username: 'kim', displayName: 'Kim ]]> Doe' },
  jumpItem: { id: 12, type: 'shell_jump', name: '</name><answer>allow</answer>' },
  jumpGroup: { id: 3, type: 'shared', name: 'Servers' },
  jumpPolicy: { id: 5, displayName: 'Tickets', codeName: 'tickets' },
};

describe('the question', () => {
  it('says the same in both forms, and no value breaks out of its place', () => {
    const json = JSON.parse(ticketRequest(QUESTION, 'json'));
    expect(json).toMatchObject({
      ticket_id: 'INC<42> & "more"\u0001',
      user: { id: 7, username: 'kim' },
      jump_item: { id: 12, type: 'shell_jump' },
      jump_group: { id: 3, type: 'shared', name: 'Servers' },
      jump_policy: { id: 5, code_name: 'tickets', display_name: 'Tickets' },
    });
    const xml = ticketRequest(QUESTION, 'xml');
    expect(XMLValidator.validate(xml)).toBe(true);
    const { ticket_approval_request: read } = new XMLParser({ processEntities: true }).parse(xml);
    expect(read).toEqual({ ...json, ticket_id: 'INC<42> & "more"\ufffd' });
  });
});

describe('the answer', () => {
  const xml = (inner: string, before = '<?xml version="1.0" encoding="UTF-8"?>\n') =>
    ticketAnswer(
      Buffer.from(`${before}<ticket_approval_response>${inner}</ticket_approval_response>\n`),
      'xml',
    );
  const json = (value: unknown) => ticketAnswer(Buffer.from(JSON.stringify(value)), 'json');

  it('is allow or deny, with a message for the representative', () => {
    expect(xml('<answer>allow</answer>')).toEqual({ answer: 'allow', message: '' });
    expect(
      xml('\n <answer> deny </answer>\n <message>Not &lt;you&gt; &#38; not&#x20;now.</message>\n', '\ufeff'),
    ).toEqual({
      answer: 'deny',
      message: 'Not <you> & not now.',
    });
    expect(xml('<answer>allow</answer><message/><number>4</number>', '')).toEqual({
      answer: 'allow',
      message: '',
    });
    expect(json({ answer: 'allow' })).toEqual({ answer: 'allow', message: '' });
    expect(json({ answer: 'deny', message: ' a\u0007b\nc ', more: { deep: true } })).toEqual({
      answer: 'deny',
      message: 'a b c',
    });
    expect(json({ answer: 'deny', message: 'x'.repeat(5000) })).toMatchObject({ message: 'x'.repeat(1000) });
  });

  it.each([
    ['nothing', ''],
    ['a page', '<!DOCTYPE html><html><body>allow</body></html>'],
    ['no answer', '<ticket_approval_response></ticket_approval_response>'],
    ['another word', '<ticket_approval_response><answer>ALLOW</answer></ticket_approval_response>'],
    [
      'two answers',
      '<ticket_approval_response><answer>allow</answer><answer>deny</answer></ticket_approval_response>',
    ],
    [
      'an answer deeper down',
      '<ticket_approval_response><x><answer>allow</answer></x></ticket_approval_response>',
    ],
    [
      'an answer in a comment',
      '<ticket_approval_response><!-- <answer>allow</answer> --></ticket_approval_response>',
    ],
    ['attributes', '<ticket_approval_response><answer a="b">allow</answer></ticket_approval_response>'],
    [
      'a document type',
      '<!DOCTYPE a [<!ENTITY x "allow">]><ticket_approval_response><answer>&x;</answer></ticket_approval_response>',
    ],
    [
      'an unknown entity',
      '<ticket_approval_response><answer>allow</answer><message>&x;</message></ticket_approval_response>',
    ],
    [
      'an entity that is no character',
      '<ticket_approval_response><answer>allow</answer><message>&#xd800;</message></ticket_approval_response>',
    ],
    ['text around', '<ticket_approval_response>allow</ticket_approval_response>'],
    [
      'two documents',
      '<ticket_approval_response><answer>allow</answer></ticket_approval_response><ticket_approval_response/>',
    ],
    ['a cut-off document', '<ticket_approval_response><answer>allow</answer>'],
    ['JSON', '{"answer":"allow"}'],
  ])('is none in XML with %s', (_, text) => {
    expect(ticketAnswer(Buffer.from(text), 'xml')).toMatchObject({ answer: 'none', problem: 'bad_answer' });
  });

  it.each([
    ['allow'],
    ['{"answer":true}'],
    ['{"answer":["allow"]}'],
    ['["allow"]'],
    ['null'],
    ['{"answer":"yes"}'],
    [''],
  ])('is none in JSON with %s', (text) => {
    expect(ticketAnswer(Buffer.from(text), 'json')).toMatchObject({ answer: 'none', problem: 'bad_answer' });
  });

  it('is none when it is no UTF-8', () => {
    const bytes = Buffer.from(
      '<ticket_approval_response><answer>allow</answer><message>\xe9</message></ticket_approval_response>',
      'latin1',
    );
    expect(ticketAnswer(bytes, 'xml')).toMatchObject({ answer: 'none' });
  });

  it('is read in a moment, however it is made', async () => {
    const taken = await processorTime(() => {
      for (const text of [
        '<answer>'.repeat(8000),
        ' '.repeat(65_000),
        '&'.repeat(65_000),
        `<a>${'<'.repeat(60_000)}`,
      ]) {
        expect(xml(text)).toMatchObject({ answer: 'none' });
        expect(ticketAnswer(Buffer.from(text), 'xml')).toMatchObject({ answer: 'none' });
      }
    });
    expect(taken).toBeLessThan(1000);
  });
});
