'use strict';
// The details of the current row: its events, the chosen message and state, and the logs of all servers.

const panel = document.getElementById('panel');
const shownIndexes = 120;

function fillPanel() {
  const row = rows[view.row];
  if (row === undefined) {
    panel.innerHTML = '';
    return;
  }
  const server = view.server ?? row.changes[0]?.server ?? null;
  panel.innerHTML = stepSection(row) + messageSection() + logsSection(row) + stateSection(server);
  const logs = panel.querySelector('.logs');
  // Long logs scroll: in the row of the violation to what it names, in other rows to the end of the log of the acting server.
  const named = view.row === violationRow ? logs.querySelector('thead .subject') : null;
  const end = [...logs.querySelectorAll('tr.acting td')].findLast(one => one.firstChild !== null);
  const goal = named ?? end;
  logs.scrollLeft = goal === undefined ? 0 : goal.offsetLeft - logs.clientWidth / (goal === named ? 2 : 1) + 60;
}

function stepSection(row) {
  const list = events.slice(row.first, row.first + row.count).map((happened, i) => {
    const text = esc(happened.text);
    const arrow = happened.message ? arrowOfEvent(happened, view.row) : undefined;
    return arrow === undefined ? `<li>${text}</li>`
      : `<li><button type="button" data-arrow="${arrow}" title="Choose this message">${text}</button></li>`;
  });
  const time = row.time === undefined ? '' : `, ${row.time}`;
  const sign = view.row === violationRow ? ' <span class="pill" style="background:var(--bad);color:var(--page)">violation</span>' : '';
  const place = `<span class="quiet" style="font-weight:400">row ${view.row + 1} of ${rows.length}</span>`;
  return `<section><h2>Step ${row.step}${time}${sign} ${place}</h2><ol>${list.join('')}</ol></section>`;
}

const field = ([name, value, changed]) =>
  `<dt>${esc(name)}</dt><dd${changed ? ' class="changed" title="changed in this row"' : ''}>${esc(value)}</dd>`;
const fields = pairs => `<dl>${pairs.map(field).join('')}</dl>`;

function pill(words, term) {
  const { hue, ink } = colourOf(term);
  return `<span class="pill" style="background:${hue};color:${ink}">${esc(words)}</span>`;
}

function messageSection() {
  if (view.arrow === null) {
    return '';
  }
  const arrow = arrows[view.arrow];
  const message = messageOf(arrow);
  const went = row => row === undefined ? 'unknown' : `step ${rows[row].step}`;
  const pairs = [
    ['from', `S${message.from}`], ['to', `S${message.to}`], ...Object.entries(message.fields),
    ['sent', went(arrow.sent)],
    [outcomes[arrow.outcome], arrow.end === undefined ? 'at the end of the trace' : `${went(arrow.end)}${reason(arrow)}`],
    ['number', message.id],
    ...(arrow.isCopy ? [['a copy of', message.copyOf ?? 'another']] : []),
    ...(arrow.overtook ? [['overtook', 'an older one']] : []),
  ];
  const go = (words, row) => row === undefined ? ''
    : `<button type="button" data-row="${row}"${row === view.row ? ' disabled' : ''}>${words}</button>`;
  const buttons = go('Go to where it was sent', arrow.sent)
    + go(arrow.outcome === 'lost' ? 'Go to where it was lost' : 'Go to where it arrived', arrow.end)
    + '<button type="button" data-clear>Deselect</button>';
  return `<section><h2>Message ${pill(message.type, arrow.term)}</h2>${fields(pairs)}<div class="go">${buttons}</div></section>`;
}

// Why a message was lost. A random loss has no reason.
function reason(arrow) {
  if (arrow.outcome !== 'lost') {
    return '';
  }
  const { first, count } = rows[arrow.end];
  const lost = events.slice(first, first + count).find(one => one.kind === 'lost' && one.message.id === messageOf(arrow).id);
  return lost?.reason === undefined ? '' : `: ${lost.reason}`;
}

function stateSection(server) {
  if (server === null) {
    return '';
  }
  const { isDown, state } = serverAt(server, view.row);
  const title = `S${server} after this step`;
  if (state === undefined) {
    return `<section><h2>${title}</h2><p class="quiet">${isDown ? 'It is down.' : 'Its state is unknown.'}</p></section>`;
  }
  const before = view.row > 0 ? serverAt(server, view.row - 1).state : undefined;
  const name = vote => vote === undefined || vote === null ? 'none' : `S${vote}`;
  const pair = (label, get) => [label, get(state), before !== undefined && get(before) !== get(state)];
  const pairs = [
    pair('role', one => one.role), pair('currentTerm', one => one.term), pair('votedFor', one => name(one.votedFor)),
    pair('commitIndex', one => one.commitIndex), pair('applied', one => one.applied),
    pair('log', one => one.log.length === 0 ? 'empty' : `${one.snapshotIndex + 1} to ${one.snapshotIndex + one.log.length}`),
    pair('snapshot', one => one.snapshotIndex > 0 ? `to ${one.snapshotIndex}` : 'none'),
    pair('on disk: log', one => `to ${one.durableIndex}`),
    pair('on disk: term', one => one.durableTerm), pair('on disk: vote', one => name(one.durableVote)),
  ];
  return `<section><h2>${title} ${pill(`${state.role} ${state.term}`, state.term)}</h2>${fields(pairs)}</section>`;
}

function logsSection(row) {
  const all = [...view.servers].sort((a, b) => a - b).map(server => ({ server, ...serverAt(server, view.row) }));
  const last = Math.max(0, ...all.map(one => one.state === undefined ? 0 : one.state.snapshotIndex + one.state.log.length));
  const first = Math.max(1, last - shownIndexes + 1);
  const indexes = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const acting = new Set(row.changes.map(change => change.server));
  const head = indexes.map(index => `<th scope="col"${subjects.indexes.includes(index) ? ' class="subject"' : ''}>${index}</th>`).join('');
  const body = all.map(one => {
    const kinds = [subjects.servers.includes(one.server) ? 'subject' : '', acting.has(one.server) ? 'acting' : ''].join(' ').trim();
    const cells = indexes.map(index => logCell(one, index)).join('');
    return `<tr class="${kinds}"><th scope="row"><b>S${one.server}</b> ${summary(one)}</th>${cells}</tr>`;
  }).join('');
  const note = first > 1 ? `<p class="quiet">Entries before ${first} are not shown.</p>` : '';
  const none = last === 0 ? '<p class="quiet">All logs are empty.</p>' : '';
  return '<section><h2>Logs after this step</h2>'
    + '<div class="logs" tabindex="0" role="region" aria-label="Logs of all servers after this step">'
    + `<table><thead><tr><th></th>${head}</tr></thead><tbody>${body}</tbody></table></div>${none}${note}</section>`;
}

function summary({ isDown, state }) {
  if (state === undefined) {
    return isDown ? 'is down' : '';
  }
  const vote = state.votedFor === undefined || state.votedFor === null ? 'no vote' : `votes S${state.votedFor}`;
  return `${pill(`${state.role[0]} ${state.term}`, state.term)} <small>${vote}, commit ${state.commitIndex}</small>`;
}

function logCell({ server, state }, index) {
  if (state === undefined) {
    return '<td></td>';
  }
  const lines = `${index <= state.commitIndex ? ' committed' : ''}${index <= state.applied ? ' applied' : ''}`;
  const isSubject = view.row === violationRow && subjects.servers.includes(server) && subjects.indexes.includes(index);
  const open = `<td${isSubject ? ' class="subject"' : ''}>`;
  const title = `${index <= state.durableIndex ? 'on disk' : 'in memory only'}`
    + `${index <= state.commitIndex ? ', committed' : ''}${index <= state.applied ? ', applied' : ''}`;
  if (index <= state.snapshotIndex) {
    return `${open}<span class="cell snapshot" title="in the snapshot, ${title}">▪</span><span class="under${lines}"></span></td>`;
  }
  const entry = state.log[index - state.snapshotIndex - 1];
  if (entry === undefined) {
    return !isSubject ? '<td></td>'
      : `${open}<span class="cell" style="border-color:transparent">&nbsp;</span><span class="under"></span></td>`;
  }
  const { hue, ink, round } = colourOf(entry.term);
  const pattern = round > 0 ? ';background-image:linear-gradient(225deg,var(--page) 5px,transparent 5.5px)' : '';
  const style = `border-color:${hue};background-color:${hue}${pattern};color:${ink}`;
  return `${open}<span class="cell${index <= state.durableIndex ? '' : ' memory'}" style="${style}"`
    + ` title="S${server}, index ${index}: ${esc(entry.command)} of term ${entry.term}, ${title}">`
    + `${esc(shortCommands.get(entry.command) ?? entry.command)}<sub>@${entry.term}</sub></span><span class="under${lines}"></span></td>`;
}
