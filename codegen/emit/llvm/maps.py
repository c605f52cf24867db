"""A Map in, its loops out: the innermost one runs over lanes, the others carry what does not depend on them."""
from dataclasses import dataclass

from llvmlite import ir

from codegen.loops import Apply, Gather, Length, Load, Number, Position, Store, arguments
from codegen.plan import linear, row_steps

from .code import BOOL, DOUBLE, IDENTITY, INT, Value, combine, lane32
from .primitives import apply, arithmetic, as_number, has_lanes

FEWEST = 4                      # lanes of a vector from which on some may stay empty


@dataclass
class _Loop:
    """One loop of the nest: an axis, how long it is as code and (where known) as a number."""
    axis: object
    extent: object
    known: int | None


def emit_map(code, statement, rows, ask=None):
    """Write the loops of a Map.

    rows   {row axis: (first row, number of rows)} as code, inside a pass
    ask    what the loop over vectors of a pass's rows does besides, with (index, rows of a vector)
    """
    nest = Nest(code, statement, rows, ask)
    nest.open(0)


class Nest:
    """The loops of one Map: axes in order, the one of the lanes last; per instruction the depth at which it is done."""

    def __init__(self, code, statement, rows, ask=None):
        self.code, self.body, self.rows, self.ask = code, statement.body, rows, ask
        loops = [self._loop(a) for a in statement.axes]
        self.access = {k: linear(line) for k, line in enumerate(self.body) if isinstance(line, (Load, Store))}
        self.steps = {k: {a: n for a, n in steps.items() if a not in code.step}
                      for k, (steps, _) in self.access.items()}
        self.live = None                                # of a vector that is not full: the lanes that count
        loops = self._collapsed(loops)
        self.loops, self.lanes = self._ordered(loops)
        self.place = {loop.axis: k + 1 for k, loop in enumerate(self.loops)}
        self.depth = self._depths()
        self.index, self.values, self.sums = {}, [None]*len(self.body), {}

    def _loop(self, axis):
        if axis in self.rows:
            return _Loop(axis, self.rows[axis][1], None)
        known = axis.extent if type(axis.extent) is int else None
        return _Loop(axis, self.code.length(axis.extent), known)

    def _collapsed(self, loops):
        """Neighbouring loops that together run through memory as one loop would, made one."""
        used = {a for line in self.body if isinstance(line, Position) for a, _ in line.index.terms}
        k = 0
        while k + 1 < len(loops):
            outer, inner = loops[k], loops[k + 1]
            extent = inner.axis.extent
            fits = outer.axis not in used and inner.axis not in used and all(
                _same(steps.get(outer.axis, 0), steps.get(inner.axis, 0)*extent) for steps in self.steps.values())
            if fits and inner.axis not in self.rows:
                for steps in self.steps.values():
                    steps.pop(outer.axis, None)
                known = outer.known*inner.known if outer.known is not None and inner.known is not None else None
                total = self.code.int(known) if known is not None else self.code.mul(outer.extent, inner.extent)
                loops = [*loops[:k], _Loop(inner.axis, total, known), *loops[k + 2:]]
            else:
                k += 1
        return loops

    def _ordered(self, loops):
        """The loops with the best one for lanes last, and the number of lanes."""
        lanes = self.code.target.lanes
        if not loops:
            return loops, 1
        work = arithmetic(self.body)
        best = min(range(len(loops)), key=lambda k: (self._price(loops[k], lanes, work), -k))
        loops = [*loops[:best], *loops[best + 1:], loops[best]]
        known = loops[-1].known
        return loops, lanes if known is None or known >= lanes or known > 1 and self._fills(loops[-1], lanes) else 1

    def _fills(self, loop, lanes):
        """May what is left of a loop of known length fill some lanes of one more vector?  All lanes are computed then."""
        names = [line.name for line in self.body if isinstance(line, Apply)]
        steps = [self.steps[k].get(loop.axis, 0) for k, line in enumerate(self.body) if isinstance(line, Load)]
        gathers = any(isinstance(i, Gather) for steps in self.steps.values() for i in steps)
        return lanes >= FEWEST and loop.known is not None and not gathers and all(map(has_lanes, names)) \
            and all(type(step) is int and step in (0, 1) for step in steps)

    def _price(self, loop, lanes, arithmetic):
        """Time per entry, roughly, when this loop carries the lanes."""
        n = loop.known
        waste = 1/lanes
        if n is not None:
            waste = (-(-n//lanes) if self._fills(loop, lanes) else n//lanes + n % lanes)/max(n, 1)
        price = arithmetic*waste
        for k, steps in self.steps.items():
            step = steps.get(loop.axis, 0)
            depends = bool(steps)
            price += (waste if step == 1 else 1.0 if step != 0 else 0.0 if not depends else 0.1)
        return price

    def _depths(self):
        """For each instruction the number of loops it is inside of."""
        depth = []
        for k, line in enumerate(self.body):
            inside = [depth[a] for a in arguments(line)]
            if k in self.steps:
                inside += [self.place[a] for a in self.steps[k] if a in self.place]
            elif isinstance(line, Position):
                inside += [self.place[a] for a, _ in line.index.terms if a in self.place]
            if isinstance(line, Store) and line.mode == "set":
                inside.append(len(self.loops))
            depth.append(max(inside, default=0))
        for k, line in enumerate(self.body):
            if isinstance(line, Store) and line.mode != "set":
                gathers = [depth[a] for a in arguments(line)[1:]]
                depth[k] = max([self.place[a] for a in self.steps[k] if a in self.place] + gathers, default=0)
        return depth

    # writing ----------------------------------------------------------------------------------------------------
    def open(self, d):
        """Write what is inside of exactly d loops, and the loops within."""
        innermost = d == len(self.loops)
        self._lines(d, 1)
        if innermost:
            return
        self._start_sums(d)
        loop = self.loops[d]
        if d + 1 < len(self.loops):
            with self.code.loop(self.code.int(0), loop.extent) as index:
                self.index[loop.axis] = index
                self.open(d + 1)
        else:
            self._lane_loops(loop, d + 1)
        self._end_sums(d)

    def _lane_loops(self, loop, d):
        start, outer, known = self.code.int(0), self.values, loop.known
        left = None if known is None else known % self.lanes
        if self.lanes > 1 and (known is None or known >= self.lanes):
            with self.code.loop(start, loop.extent, self.lanes) as index:
                self.index[loop.axis], self.values = index, list(outer)
                if self.ask:
                    self.ask(index, self.lanes)
                self._lines(d, self.lanes)
            start = self.code.after if known is None else self.code.int(known - left)
        if self.lanes > 1 and left and left > 1 and self._fills(loop, self.lanes):
            self.index[loop.axis], self.values, self.live = start, list(outer), left
            self._lines(d, self.lanes)
            self.live = None
        elif self.lanes == 1 or left != 0:
            with self.code.loop(start, loop.extent) as index:
                self.index[loop.axis], self.values = index, list(outer)
                self._lines(d, 1)
        self.values = outer

    def _lines(self, d, lanes):
        for k, line in enumerate(self.body):
            late = isinstance(line, Store) and line.mode != "set"
            if late:
                if d == len(self.loops):
                    self.accumulate(k, line, lanes)
            elif self.depth[k] == d:
                self.values[k] = self.line(k, line, lanes)

    def line(self, k, line, lanes):
        code = self.code
        if isinstance(line, Load):
            return self._load(k, line, lanes)
        if isinstance(line, Number):
            return Value(ir.Constant(DOUBLE, line.value))
        if isinstance(line, Length):
            return Value(code.builder.sitofp(code.length(line.length), DOUBLE))
        if isinstance(line, Position):
            return self._position(k, line, lanes)
        if isinstance(line, Apply):
            return apply(code, line, self.body, [self.values[a] for a in line.args])
        self._store(k, line, lanes)

    def _position(self, k, line, lanes):
        code = self.code
        total = code.length(line.index.offset)
        for a, c in line.index.terms:
            place = code.step[a] if a in code.step else self.index[a]
            if a in self.rows:
                place = code.add(place, self.rows[a][0])
            total = code.add(total, code.mul(code.length(c), place))
        raw = code.builder.sitofp(total, DOUBLE)
        inner = self.loops[-1].axis if self.loops else None
        step = dict(line.index.terms).get(inner, 0)
        if lanes == 1 or step == 0 or self.depth[k] < len(self.loops):
            return Value(raw)
        each = code.builder.sitofp(code.length(step), DOUBLE)
        ramp = ir.Constant(ir.VectorType(DOUBLE, lanes), [float(i) for i in range(lanes)])
        scaled = code.builder.fmul(code.splat(each, lanes), ramp)
        return Value(code.builder.fadd(code.splat(raw, lanes), scaled), lanes)

    def _address(self, k, line):
        """Pointer to the entry at the present indices, as far as they do not come from Gathers."""
        code = self.code
        place, _ = code.start(*self.access[k])
        for row, (first, _) in self.rows.items():
            place = code.add(place, code.mul(code.length(row_steps(line, row)), first))
        for a, step in self.steps[k].items():
            if not isinstance(a, Gather):
                place = code.add(place, code.mul(code.length(step), self.index[a]))
        return code.builder.gep(code.pointer(line.buffer), [place])

    def _lane_step(self, k):
        return self.steps[k].get(self.loops[-1].axis, 0) if self.loops else 0

    def _gathers(self, k, line):
        return [(i, self.steps[k][i]) for i in line.index if isinstance(i, Gather)]

    def _load(self, k, line, lanes):
        code, pointer, gathers = self.code, self._address(k, line), self._gathers(k, line)
        step = self._lane_step(k)
        if gathers:
            return self._load_gathered(pointer, gathers, step, lanes)
        if lanes == 1 or step == 0:
            return Value(code.load(pointer))
        if step == 1:
            return Value(code.load(pointer, lanes, self.live), lanes)
        return Value(code.load_strided(pointer, code.length(step), lanes), lanes)

    def _load_gathered(self, pointer, gathers, step, lanes):
        code = self.code
        if lanes == 1 or (step == 0 and all(self.values[i.value].lanes == 1 for i, _ in gathers)):
            return Value(code.load(code.builder.gep(pointer, [self._gathered(gathers, 0)])))
        result = ir.Constant(ir.VectorType(DOUBLE, lanes), ir.Undefined)
        for lane in range(lanes):
            place = code.add(self._gathered(gathers, lane), code.mul(code.length(step), code.int(lane)))
            one = code.load(code.builder.gep(pointer, [place]))
            result = code.builder.insert_element(result, one, lane32(lane))
        return Value(result, lanes)

    def _gathered(self, gathers, lane):
        """Entries to move by, from positions that were computed: checked, and 0 with the status set when out of range."""
        code, b, total = self.code, self.code.builder, self.code.int(0)
        for i, step in gathers:
            value = as_number(code, self.values[i.value])
            raw = value.raw if value.lanes == 1 else b.extract_element(value.raw, lane32(lane))
            length = code.length(i.length)
            inside = b.and_(b.fcmp_ordered(">=", raw, ir.Constant(DOUBLE, 0.0)),
                            b.fcmp_ordered("<", raw, b.sitofp(length, DOUBLE)))
            safe = b.select(inside, raw, ir.Constant(DOUBLE, 0.0))
            whole = b.fptosi(safe, INT)
            inside = b.and_(inside, b.fcmp_ordered("==", b.sitofp(whole, DOUBLE), safe))
            with b.if_then(b.not_(inside), likely=False):
                b.store(code.int(1), b.gep(code.table, [code.int(code.layout.status)]))
            total = code.add(total, code.mul(code.length(step), b.select(inside, whole, code.int(0))))
        return total

    def _store(self, k, line, lanes):
        code, pointer, gathers = self.code, self._address(k, line), self._gathers(k, line)
        value = as_number(code, self.values[line.value])
        step = self._lane_step(k)
        if lanes > 1 and step == 1 and not gathers:
            code.store(self._wide(value, lanes), pointer, lanes, self.live)
            return
        for lane in range(self.live or lanes):
            place = code.mul(code.length(step), code.int(lane))
            if gathers:
                place = code.add(place, self._gathered(gathers, lane))
            code.store(self._lane(value, lane), code.builder.gep(pointer, [place]))

    def _wide(self, value, lanes):
        return value.raw if value.lanes == lanes else self.code.splat(value.raw, lanes)

    def _lane(self, value, lane):
        return value.raw if value.lanes == 1 else self.code.builder.extract_element(value.raw, lane32(lane))

    # sums -------------------------------------------------------------------------------------------------------
    def accumulate(self, k, line, lanes):
        """Add to memory where the entry changes with every step, else to a sum kept outside of the inner loops."""
        code = self.code
        value = as_number(code, self.values[line.value])
        if k in self.sums:
            wide, narrow = self.sums[k]
            kept = wide if lanes > 1 else narrow
            raw = self._counted(self._wide(value, lanes), line.mode, lanes) if lanes > 1 else value.raw
            code.builder.store(combine(code, line.mode, code.builder.load(kept), raw, lanes), kept)
            return
        pointer, gathers, step = self._address(k, line), self._gathers(k, line), self._lane_step(k)
        if lanes > 1 and step == 1 and not gathers:
            total = combine(code, line.mode, code.load(pointer, lanes, self.live), self._wide(value, lanes), lanes)
            code.store(total, pointer, lanes, self.live)
            return
        for lane in range(self.live or lanes):
            place = code.mul(code.length(step), code.int(lane))
            if gathers:
                place = code.add(place, self._gathered(gathers, lane))
            one = code.builder.gep(pointer, [place])
            code.store(combine(code, line.mode, code.load(one), self._lane(value, lane), 1), one)

    def _counted(self, raw, mode, lanes):
        """The vector with what changes nothing in the lanes that do not count."""
        if self.live is None:
            return raw
        mask = ir.Constant(ir.VectorType(BOOL, lanes), [int(k < self.live) for k in range(lanes)])
        return self.code.builder.select(mask, raw, self.code.splat(ir.Constant(DOUBLE, IDENTITY[mode]), lanes))

    def _start_sums(self, d):
        code = self.code
        for k, line in enumerate(self.body):
            if isinstance(line, Store) and line.mode != "set" and self.depth[k] == d:
                kind = ir.VectorType(DOUBLE, self.lanes) if self.lanes > 1 else DOUBLE
                wide, narrow = code.scratch(kind), code.scratch(DOUBLE)
                start = ir.Constant(DOUBLE, IDENTITY[line.mode])
                code.builder.store(start, narrow)
                if self.lanes > 1:
                    code.builder.store(code.splat(start, self.lanes), wide)
                self.sums[k] = (wide, narrow)

    def _end_sums(self, d):
        code = self.code
        for k, line in enumerate(self.body):
            if k in self.sums and self.depth[k] == d:
                wide, narrow = self.sums.pop(k)
                total = code.builder.load(narrow)
                if self.lanes > 1:
                    lanes = code.fold_lanes(code.builder.load(wide), self.lanes,
                                            lambda a, b: combine(code, line.mode, a, b, 1))
                    total = combine(code, line.mode, lanes, total, 1)
                pointer = self._address(k, line)
                for i, step in self._gathers(k, line):
                    pointer = code.builder.gep(pointer, [self._gathered([(i, step)], 0)])
                code.store(combine(code, line.mode, code.load(pointer), total, 1), pointer)


def _same(a, b):
    return a == b or (not isinstance(a, int) or not isinstance(b, int)) and (a - b) == 0
