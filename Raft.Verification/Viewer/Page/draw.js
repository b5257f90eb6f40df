'use strict';
// Draws the visible rows: the diagram is as long as the trace, the drawing as high as the window.

const { rowHeight, charWidth, badgeCharWidth, port, baselines, roles } = layout.style;
let callout = 58; // the height of the words below the row of the violation
const above = 14;
const geometry = {
  gutter: 0, left: 0, right: 0, spacing: 0, width: 0,
  xs: [],            // the lane of each server that is shown
  room: null,        // the width of the room right of a server's lane
  before: null,      // the previous lane, or undefined
};
const svg = document.getElementById('diagram');

// Places the lanes in the available width. A narrow window scrolls sideways.
function arrange(width) {
  const lanes = [...view.servers].sort((a, b) => a - b);
  const narrow = width < 620;
  geometry.gutter = narrow ? 46 : 74;
  geometry.left = narrow ? 150 : lanes.length > 4 ? 150 : 170;
  geometry.right = narrow || lanes.length > 4 ? 130 : 190;
  const room = (width - geometry.gutter - geometry.left - geometry.right) / Math.max(1, lanes.length - 1);
  geometry.spacing = Math.min(330, Math.max(140, room));
  geometry.xs = [];
  lanes.forEach((server, i) => { geometry.xs[server] = geometry.gutter + geometry.left + i * geometry.spacing; });
  geometry.width = Math.max(width, geometry.gutter + geometry.left + (lanes.length - 1) * geometry.spacing + geometry.right);
  geometry.before = server => lanes[lanes.indexOf(server) - 1];
  const { bad, says } = calloutLines();
  callout = 24 + (bad.length + says.length) * 17;
  geometry.room = server => (server === lanes.at(-1) ? geometry.right : geometry.spacing) - 12;
}

const heightOf = () => above + (view.shown.length + 1) * rowHeight + (violationRow >= 0 ? callout : 0);

// The middle of a row. A row that is not shown lies between its neighbours.
function yOf(row) {
  const place = view.place[row];
  return above + (place + 0.5) * rowHeight + (violationRow >= 0 && place > view.place[violationRow] ? callout : 0);
}

// The place of the first shown row at a height or below it.
function placeAt(y) {
  let place = Math.floor((y - above) / rowHeight);
  if (violationRow >= 0 && place > view.place[violationRow]) {
    place = Math.max(view.place[violationRow], Math.floor((y - above - callout) / rowHeight));
  }
  return Math.min(Math.max(place, 0), view.shown.length - 1);
}

const clip = (text, chars) => text.length <= chars ? text : `${text.slice(0, Math.max(1, chars - 1))}…`;

// The drawing of everything between two heights.
function draw(top, bottom, left) {
  const first = placeAt(top);
  const last = placeAt(bottom);
  if (last < 0) {
    return '';
  }
  const from = view.shown[first];
  const to = view.shown[last];
  const parts = [patterns()];
  drawFaultSpans(parts, from, to);
  drawRules(parts, first, last);
  drawLanes(parts, top, bottom, from, to);
  drawArrows(parts, from, to);
  for (let place = first; place <= last; place++) {
    drawRow(parts, view.shown[place]);
  }
  drawGutter(parts, first, last, left);
  return parts.join('');
}

function patterns() {
  return '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    + '<rect width="7" height="7" fill="var(--down)" opacity=".55"/><rect width="2.5" height="7" fill="var(--soft)" opacity=".45"/>'
    + '</pattern></defs>';
}

const sides = ['var(--side-a)', 'var(--side-b)', 'var(--side-c)', 'var(--side-d)'];

function drawFaultSpans(parts, from, to) {
  for (const span of faultSpans) {
    const until = span.until ?? rows.length - 1;
    if (until < from || span.from > to) {
      continue;
    }
    const y = yOf(span.from);
    const height = yOf(until) - y + (span.until === undefined ? rowHeight / 2 : 0);
    for (const column of span.columns) {
      const x = geometry.xs[column.server];
      if (x !== undefined) {
        const width = Math.min(column.width, geometry.spacing - 6);
        const fill = column.side === undefined ? 'url(#hatch)' : sides[column.side];
        parts.push(`<rect x="${x + column.offset - width / 2}" y="${y}" width="${width}" height="${Math.max(height, 2)}" fill="${fill}"/>`);
      }
    }
  }
}

function drawRules(parts, first, last) {
  for (let place = first; place <= last; place++) {
    const number = view.shown[place];
    const row = rows[number];
    const y = yOf(number);
    const box = `x="0" y="${y - rowHeight / 2}" width="${geometry.width}" height="${rowHeight}"`;
    if (number === violationRow) {
      parts.push(`<rect class="violated" ${box}/>`);
    }
    if (number === view.row) {
      parts.push(`<rect class="${number === violationRow ? 'framed' : 'current'}" ${box}/>`);
    }
    parts.push(`<rect ${box} fill="transparent" data-row="${number}"/>`);
    parts.push(`<line class="rule" x1="${geometry.gutter}" x2="${geometry.width}" y1="${y}" y2="${y}"/>`);
  }
}

// Step numbers, and the words of the violation. They do not scroll sideways with the lanes.
function drawGutter(parts, first, last, left) {
  parts.push(`<g class="gutter" transform="translate(${left} 0)">`);
  if (left > 0) {
    const y = yOf(view.shown[first]) - rowHeight;
    const height = yOf(view.shown[last]) + rowHeight - y;
    parts.push(`<rect x="0" y="${y}" width="${geometry.gutter + 4}" height="${height}" fill="var(--page)"/>`);
  }
  for (let place = first; place <= last; place++) {
    drawStep(parts, view.shown[place]);
  }
  parts.push('</g>');
}

function drawStep(parts, number) {
  const row = rows[number];
  const y = yOf(number);
  const right = geometry.gutter - 12;
  const isViolation = number === violationRow;
  if (isViolation) {
    parts.push(`<rect class="flag" x="0" y="${y - rowHeight / 2}" width="${geometry.gutter - 4}" height="${rowHeight}"/>`);
    drawCallout(parts, y + rowHeight / 2);
  } else if (row.isCause) {
    parts.push(`<circle class="cause" cx="${geometry.gutter - 4}" cy="${y}" r="3.5"/>`);
  }
  if (number === view.row && !isViolation) {
    parts.push(`<rect x="0" y="${y - rowHeight / 2}" width="4" height="${rowHeight}" fill="var(--accent)"/>`);
  }
  const ink = isViolation ? ' flagtext' : '';
  const below = geometry.gutter < 60 ? '' : isViolation ? 'violation' : layout.diagram.hasTime ? `${row.seconds.toFixed(4)} s` : '';
  parts.push(`<text class="step${ink}" x="${right}" y="${below === '' ? y + 4 : y - 1}" text-anchor="end">${row.step}</text>`);
  parts.push(`<text class="time${ink}" x="${right}" y="${y + 10}" text-anchor="end">${below}</text>`);
}

function drawLanes(parts, top, bottom, from, to) {
  for (const server of view.servers) {
    const x = geometry.xs[server];
    const list = points[server];
    let i = pointAt(server, from - 1);
    let y = i < 0 ? Math.max(top, above) : Math.max(top, yOf(list[i].row));
    for (; i < list.length; i++) {
      const next = list[i + 1];
      const end = next === undefined || next.row > to ? bottom : yOf(next.row);
      const low = Math.min(end, heightOf() - rowHeight / 2);
      if (low > y) {
        parts.push(lane(x, y, low, list[i]));
        y = low;
      }
      if (next === undefined || next.row > to) {
        break;
      }
    }
  }
}

function lane(x, y, end, point) {
  const ends = `x1="${x}" x2="${x}" y1="${y}" y2="${end}"`;
  if (point?.isDown) {
    return `<line class="downline" ${ends}/>`;
  }
  const state = stateOf(point);
  const { laneWidth, dashes } = state === undefined ? { laneWidth: 2 } : styleOf(state.role);
  const { hue, round } = colourOf(state?.term ?? 0);
  // The lane of a term whose colour was used before has a light core.
  const core = round === 0 ? '' : `<line ${ends} stroke="var(--page)" stroke-width="${laneWidth > 5 ? 2.5 : 1.2}"/>`;
  return `<line ${ends} stroke="${hue}" stroke-width="${laneWidth}"${dashes === undefined ? '' : ` stroke-dasharray="${dashes}"`}/>${core}`;
}

// The lines of messages. Words are placed beside them.
let ways = [];

function drawArrows(parts, from, to) {
  ways = [];
  const chosen = [];
  arrows.forEach((arrow, number) => {
    const begin = arrow.sent ?? arrow.end;
    const end = arrow.end ?? begin;
    if (end >= from && begin <= to && showsArrow(arrow)) {
      (number === view.arrow ? chosen : parts).push(drawArrow(arrow, number));
    }
  });
  parts.push(...chosen);
}

// The ends of a message's line: at the lane of the sender, and at the lane of the receiver or short of it.
function wayOf(arrow) {
  const x1 = geometry.xs[arrow.from];
  const x2 = geometry.xs[arrow.to];
  const side = Math.sign(x2 - x1) || 1;
  const y1 = arrow.sent === undefined ? yOf(arrow.end) - rowHeight * 0.8 : yOf(arrow.sent) + port;
  if (arrow.end === undefined) {
    return { x1: x1 + side * 6, y1, x2: x1 + side * Math.min(70, geometry.spacing * 0.4), y2: y1 + 10, side };
  }
  const y2 = yOf(arrow.end) + (arrow.sent === arrow.end ? -port - 2 : -port);
  return {
    x1: arrow.sent === undefined ? x2 - side * 60 : x1 + side * 6,
    y1: arrow.sent === arrow.end ? y2 : y1,
    x2: x2 - side * (arrow.outcome === 'lost' ? 18 : 6),
    y2,
    side,
  };
}

function drawArrow(arrow, number) {
  const { x1, y1, x2, y2 } = wayOf(arrow);
  ways.push(x1 <= x2 ? { x1, y1, x2, y2 } : { x1: x2, y1: y2, x2: x1, y2: y1 });
  const { hue } = colourOf(arrow.term);
  const path = `M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}`;
  const kinds = ['message'];
  if (number === view.arrow) { kinds.push('chosen'); }
  if (arrow.outcome === 'inFlight') { kinds.push('flight'); }
  if (arrow.outcome === 'lost') { kinds.push('lost'); }
  if (arrow.isCopy) { kinds.push('copy'); }
  if (y2 - y1 > 12 * rowHeight) { kinds.push('long'); }
  let end = '';
  if (arrow.outcome === 'arrived') {
    const angle = Math.atan2(y2 - y1, x2 - x1);
    const wing = turn => `${(x2 - 9 * Math.cos(angle + turn)).toFixed(1)} ${(y2 - 9 * Math.sin(angle + turn)).toFixed(1)}`;
    end = `<path d="M${x2.toFixed(1)} ${y2.toFixed(1)}L${wing(0.42)}L${wing(-0.42)}Z" style="fill:${hue}"/>`;
  } else if (arrow.outcome === 'lost') {
    end = `<path class="cross" d="${cross(x2, y2, 5)}"/>`;
  } else {
    end = `<circle cx="${x2}" cy="${y2}" r="3" fill="none" stroke="${hue}"/>`;
  }
  return `<g class="${kinds.join(' ')}" data-arrow="${number}" role="button" aria-label="${esc(nameOf(arrow))}">`
    + `<path class="touch" d="${path}"/><path class="way" d="${path}" stroke="${hue}"/>${end}<title>${esc(nameOf(arrow))}</title></g>`;
}

const cross = (x, y, size) => `M${x - size} ${y - size}L${x + size} ${y + size}M${x - size} ${y + size}L${x + size} ${y - size}`;
const outcomes = { arrived: 'arrived', lost: 'lost', inFlight: 'still in flight' };
const nameOf = arrow => `${messageOf(arrow).type} S${arrow.from} → S${arrow.to}, term ${arrow.term}: ${arrow.label}`
  + `${arrow.isCopy ? ', a copy' : ''}, ${outcomes[arrow.outcome]}`;

function drawRow(parts, number) {
  const row = rows[number];
  const y = yOf(number);
  // The words right of the lanes come first: those left of the next lane avoid them.
  const taken = [];
  for (const change of [...row.changes, ...(number === violationRow ? layout.diagram.unchangedSubjects : [])]) {
    if (view.servers.has(change.server)) {
      taken[change.server] = drawChange(parts, change, number, y);
    }
  }
  const answered = new Set();
  for (const group of row.ended) {
    const together = group.filter(one => showsArrow(arrows[one]));
    if (together.length > 0) {
      drawLabel(parts, together, y, taken);
      const { to, outcome } = arrows[together[0]];
      answered.add(outcome === 'arrived' ? to : undefined);
    }
  }
  for (const { server, cause } of row.changes) {
    if (view.servers.has(server) && cause !== undefined && !answered.has(server)) {
      parts.push(leftText(server, geometry.xs[server] - 13, y, cause, taken));
    }
  }
  if (row.banner !== undefined) {
    parts.push(`<line class="division" x1="${geometry.gutter}" x2="${geometry.width}" y1="${y}" y2="${y}"/>`);
    parts.push(`<text class="banner halo" x="${geometry.gutter + 8}" y="${y - 4}">${esc(row.banner)}</text>`);
  }
}

// Words that end at a lane, on the first baseline where neither the words of the previous lane nor a message are in the way. They reach
// over the previous lane if nothing happens there.
function leftText(server, x, y, words, taken) {
  const before = geometry.before(server);
  const farther = before === undefined ? undefined : geometry.before(before);
  const need = words.length * charWidth + 4;
  let left = before === undefined ? geometry.gutter : geometry.xs[before] + 8;
  if (before !== undefined && taken[before] === undefined && x - need < left) {
    left = farther === undefined ? geometry.gutter : Math.max(geometry.xs[farther] + 8, taken[farther] ?? 0);
  }
  const begin = Math.max(left, x - need);
  const isTaken = before !== undefined && begin < (taken[before] ?? 0);
  const free = baselines.slice(isTaken ? 1 : 0);
  const below = free.find(one => !ways.some(way => crosses(way, begin, x, y + one - 9, y + one + 3))) ?? free[0];
  const shown = clip(words, Math.floor((x - left) / charWidth));
  return `<text class="label halo" x="${x}" y="${y + below}" text-anchor="end">${esc(shown)}</text>`;
}

// Whether a line crosses a box.
function crosses({ x1, y1, x2, y2 }, left, right, top, bottom) {
  if (x2 <= left || x1 >= right || x1 === x2) {
    return false;
  }
  const at = x => y1 + (y2 - y1) * (x - x1) / (x2 - x1);
  const begin = at(Math.max(left, x1));
  const end = at(Math.min(right, x2));
  return Math.min(begin, end) < bottom && Math.max(begin, end) > top;
}

// The words of messages that end together at a lane.
function drawLabel(parts, together, y, taken) {
  const number = together.find(one => one === view.arrow) ?? together[0];
  const arrow = arrows[number];
  const words = together.map(one => arrows[one].words).join('; ');
  const isLeftOfCross = arrow.outcome === 'lost' && geometry.xs[arrow.from] < geometry.xs[arrow.to];
  const text = leftText(arrow.to, geometry.xs[arrow.to] - (isLeftOfCross ? 28 : 13), y, words, taken);
  parts.push(`<g class="message${number === view.arrow ? ' chosen' : ''}" data-arrow="${number}">${text}</g>`);
}

// Draws a change of a server, and returns the end of the words and cells right of the lane.
function drawChange(parts, change, number, y) {
  const x = geometry.xs[change.server];
  const state = stateOf(change);
  const isSubject = number === violationRow && subjects.servers.includes(change.server);
  const chosen = number === view.row && view.server === change.server ? ' chosen' : '';
  parts.push(`<g class="state${chosen}" data-row="${number}" data-server="${change.server}" role="button"`
    + ` aria-label="State of S${change.server} after step ${rows[number].step}">`);
  let right = x + 15;
  if (change.isCrash) {
    parts.push(`<circle cx="${x}" cy="${y}" r="9" fill="var(--page)"/><path class="crash" d="${cross(x, y, 6)}"/>`);
  } else if (state !== undefined) {
    parts.push(node(x, y, state));
  }
  if (change.badge !== undefined) {
    const { hue, ink } = colourOf(state.term);
    const width = change.badge.length * badgeCharWidth + 12;
    parts.push(`<rect x="${right}" y="${y - 8}" width="${width}" height="16" rx="5" fill="${hue}"/>`
      + `<text class="badge" x="${right + width / 2}" y="${y + 4}" style="fill:${ink}">${esc(change.badge)}</text>`);
    right += width + 5;
  }
  if (change.effect !== undefined) {
    const words = clip(change.effect, Math.floor((x + geometry.room(change.server) - right) / charWidth));
    parts.push(`<text class="halo" x="${right}" y="${y + 4}">${esc(words)}</text>`);
    right += words.length * charWidth + 8;
  }
  if (state !== undefined && (change.isNewLog || (isSubject && subjects.indexes.length > 0))) {
    right = drawStrip(parts, state, right, y, isSubject, x + geometry.room(change.server) - right);
  }
  if (isSubject) {
    parts.push(`<circle class="subject" cx="${x}" cy="${y}" r="12"/>`);
  }
  parts.push('</g>');
  return right;
}

// A hollow symbol: the term or the vote is not durable.
function node(x, y, state) {
  const { hue } = colourOf(state.term);
  const isDurable = state.durableTerm === state.term && (state.durableVote ?? 0) === (state.votedFor ?? 0);
  return `<path class="node" transform="translate(${x} ${y})" d="${styleOf(state.role).shape}" stroke="${hue}"`
    + ` style="fill:${isDurable ? hue : 'var(--page)'}"/>`;
}

// The end of a log, with a cell for each entry. Filled: durable; hollow: in memory only. One line below: committed; two: applied.
function drawStrip(parts, state, x, y, isSubject, room) {
  const size = 9 + 6 * Math.max(1, ...state.log.map(entry => String(entry.term).length));
  const cells = Math.max(3, Math.floor((room - 24) / size));
  const named = isSubject ? subjects.indexes : [];
  const places = named.map(index => index - state.snapshotIndex - 1).filter(i => i >= 0 && i < state.log.length);
  const hidden = Math.max(0, Math.min(state.log.length - cells, ...places.map(i => i - 1)));
  if (state.snapshotIndex + hidden > 0) {
    const words = `…${state.snapshotIndex + hidden}`;
    parts.push(`<text class="step halo" x="${x}" y="${y + 4}">${words}</text>`);
    x += words.length * 7 + 3;
  }
  const end = Math.min(state.log.length, hidden + cells);
  for (let i = hidden; i < end; i++) {
    const entry = state.log[i];
    const index = state.snapshotIndex + i + 1;
    parts.push(cell(x, y, size, entry.term, index, state));
    if (named.includes(index)) {
      parts.push(`<rect class="subject" x="${x - 2}" y="${y - 10}" width="${size + 3}" height="22" rx="3"/>`);
    }
    x += size;
  }
  const isMissing = end === state.log.length && named.includes(state.snapshotIndex + end + 1);
  if (isMissing) {
    // The violation names an entry that is missing.
    parts.push(`<rect class="subject" x="${x}" y="${y - 10}" width="${size}" height="22" rx="3"/>`);
  }
  const after = isMissing || (end === state.log.length && end > 0) ? '' : end === 0 ? '∅' : `+${state.log.length - end}`;
  parts.push(`<text class="step halo" x="${x + 1}" y="${y + 4}">${after}</text>`);
  return x + (isMissing ? size : after.length * 7) + 6;
}

function cell(x, y, size, term, index, state) {
  const { hue, ink, round } = colourOf(term);
  const isDurable = index <= state.durableIndex;
  const line = height => `<line class="cellmark" x1="${x}" x2="${x + size - 1}" y1="${height}" y2="${height}"/>`;
  return `<rect class="entry" x="${x + 0.75}" y="${y - 8}" width="${size - 2.5}" height="14" rx="2" stroke="${hue}"`
    + `${isDurable ? '' : ' stroke-dasharray="3 2"'} style="fill:${isDurable ? hue : 'var(--page)'}"/>`
    + (round > 0 && isDurable ? corners(x + 0.75, y - 8, size - 2.5, round) : '')
    + `<text class="cellterm" x="${x + size / 2 - 0.5}" y="${y + 2.5}" style="fill:${isDurable ? ink : 'var(--ink)'}">${term}</text>`
    + (index <= state.commitIndex ? line(y + 8.4) : '') + (index <= state.applied ? line(y + 11.2) : '');
}

// The cell of a term whose colour is used for the second time has one corner cut off; for the third time, two; from then on, three.
function corners(x, y, width, round) {
  const cut = [`M${x + width - 5} ${y - 1}h6v6Z`, `M${x - 1} ${y + 9}v6h6Z`, `M${x - 1} ${y + 5}v-6h6Z`];
  return `<path d="${cut.slice(0, round).join('')}" fill="var(--page)"/>`;
}

// The words of the violation, wrapped to the width of the window.
function calloutLines() {
  const chars = width => Math.max(20, Math.floor((width - 26) / 7.3));
  const width = Math.min(geometry.width, document.getElementById('scroll').clientWidth);
  const message = trace.violation.message.split('\n')[0];
  return {
    bad: wrap(`✗ ${trace.violation.property}: ${message}`, chars(width)).slice(0, 8),
    says: wrap(`${layout.property.sentence} (${layout.property.place})`, Math.floor(chars(width) * 1.15)).slice(0, 8),
    width,
  };
}

function wrap(text, chars) {
  const lines = [''];
  for (const word of text.split(' ')) {
    if (lines.at(-1) !== '' && lines.at(-1).length + 1 + word.length > chars) {
      lines.push('');
    }
    lines[lines.length - 1] += `${lines.at(-1) === '' ? '' : ' '}${clip(word, chars)}`;
  }
  return lines;
}

function drawCallout(parts, top) {
  const { bad, says, width } = calloutLines();
  const height = callout - 8;
  parts.push(`<rect x="0" y="${top}" width="${width}" height="${height}" fill="var(--bad-soft)"/>`);
  parts.push(`<rect class="flag" x="0" y="${top}" width="5" height="${height}"/>`);
  bad.forEach((line, i) => parts.push(`<text class="badtext" x="14" y="${top + 19 + i * 17}">${esc(line)}</text>`));
  says.forEach((line, i) => parts.push(`<text x="14" y="${top + 21 + (bad.length + i) * 17}">${esc(line)}</text>`));
}
