// What the numbers of bench/rest.ts are held against: Express alone, the same driver, the same statements, no
// authentication, no validation, no audit. Prints its port.
import type { AddressInfo } from 'node:net';
import express from 'express';
import { JUMP_ITEM_COLUMNS } from '../../schema/jump/pg-jump-items.ts';
import { type ConnectionOptions, connect } from '../../schema/sql.ts';

const sql = connect(JSON.parse(process.argv[2] ?? '') as ConnectionOptions, { name: 'bare express' });
const columns = sql.unsafe(JUMP_ITEM_COLUMNS);
const app = express();
app.disable('x-powered-by');
app.disable('etag');

app.get('/shell-jump/:id', async (req, res) => {
  const [row] =
    await sql`select ${columns} from jump_item i where i.id = ${Number(req.params.id)} and i.kind = 'shell_jump'`;
  res.json(row);
});

app.get('/shell-jump', async (req, res) => {
  const [limit, page] = [Number(req.query['per_page']), Number(req.query['current_page'])];
  const [rows, [count]] = await Promise.all([
    sql`
      select ${columns}
        from (select i.id from jump_item i where i.kind = 'shell_jump' order by i.id
               limit ${limit} offset ${(page - 1) * limit}) as page
        join jump_item i using (id) order by i.id`,
    sql`select count(*)::int as total from jump_item i where i.kind = 'shell_jump'`,
  ]);
  res.setHeader('X-BT-Pagination-Total', String(count?.['total']));
  res.json(rows);
});

app.post('/shell-jump', express.json(), async (req, res) => {
  const { name, hostname, jump_group_id, jumpoint_id, protocol, tag } = req.body;
  const settings = JSON.stringify({ protocol, terminal: 'xterm', keep_alive: 0 });
  const [row] = await sql`
    insert into jump_item as i (kind, name, hostname, jump_group_id, jumpoint_id, port, tag, settings)
    values ('shell_jump', ${name}, ${hostname}, ${jump_group_id}, ${jumpoint_id}, 22, ${tag}, ${settings}::text::jsonb)
    returning ${columns}`;
  res.status(201).json(row);
});

app.get('/search', async (req, res) => {
  const pattern = `%${String(req.query['search']).toLowerCase()}%`;
  // Left to itself the planner walks the index of names now and then, which would flatter the other side.
  const rows = await sql.unsafe(
    `with hits as materialized (
       select i.id, lower(i.name) as sort_value from jump_item i where i.search_text like $1)
     select ${JUMP_ITEM_COLUMNS}, g.name as "group", j.name as jumpoint, (select count(*)::int from hits) as total
       from (select id, sort_value from hits order by sort_value, id limit 100) as page
       join jump_item i using (id)
       left join jump_group g on g.id = i.jump_group_id left join jumpoint j on j.id = i.jumpoint_id
      order by page.sort_value, i.id`,
    [pattern],
    { prepare: false },
  );
  res.json({ items: rows, total: rows[0]?.['total'] ?? 0 });
});

const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  void sql.end();
});
