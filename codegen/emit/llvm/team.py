"""Nothing goes in; two functions come out: lead(job, …), which is called as a kernel is, and serve(board), which
helpers run.

A job is a kernel's call, cut into steps of units (codegen.team makes it).  Each thread takes the next unit of a step
until none is left, and waits until all of them are done before it goes on to the next step: who does which unit changes
no bit.  The leader puts its job on the board, if that is free, and helpers take part; one that comes late finds nothing
left, and one that never comes is not missed.  At the end the leader takes its job from the board and returns only when
nobody can reach it any more: neither a helper that is at it (PRESENT) nor one that has just read where it lies
(READERS).

Waiting is a loop that asks again and again, and lets others run where it lasts: threads that sleep take longer to wake,
some 50 µs, than most steps take.  So a helper stays a while after a job and looks out for the next one, which in a loop
of calls comes at once.
"""
import platform
import sys

from llvmlite import ir

from codegen.vectormath.llvm_ops import counted, declared

from .code import INT
from .python import KERNEL_KIND

WORD = 8                        # bytes
LINE = 8                        # words of a cache line: what threads write lies in lines of its own
# Words of the board, of a job, and of each step's record in a job.
JOB, NUMBER, READERS, SERVING, BOARD = 0, LINE, 2*LINE, 3*LINE, 4*LINE
BOARD_AT, KERNEL, TABLE, STEPS, WORKERS, PRESENT, JOINED, HEADER = 0, 1, 2, 3, 4, LINE, 2*LINE, 3*LINE
PHASE, UNITS, EACH, CHUNKS, NEXT, DONE, STEP = 0, 1, 2, 3, LINE, 2*LINE, 3*LINE
PATIENCE = 1 << 7               # questions before others are let run, some 3 µs: the one waited for may stand here
STAY = 1 << 13                  # questions before a helper goes: some 200 µs

_ORDER = "seq_cst"


def emit_lead(module, name, itemtype=None):
    """Add void lead(job, …) to a module."""
    function = ir.Function(module, KERNEL_KIND, name)
    code = _Code(function)
    b, job = code.b, function.args[0]
    board = code.read(job, BOARD_AT)
    for record in code.records(job):
        for word in (NEXT, DONE):
            b.store(INT(0), code.place(record, word))
    b.store(INT(0), code.place(job, JOINED))
    mine = b.extract_value(b.cmpxchg(code.place(board, JOB), INT(0), job, _ORDER, _ORDER), 1)
    with b.if_then(mine):
        code.add(board, NUMBER, 1)
    b.call(_steps_of(module), [job, INT(0)])
    with b.if_then(mine):
        b.store_atomic(INT(0), code.place(board, JOB), _ORDER, WORD)
        for base, word in ((board, READERS), (job, PRESENT)):
            code.wait(lambda: b.icmp_signed("==", code.look(base, word), INT(0)))       # noqa: B023
    b.ret_void()


def emit_serve(module, name, itemtype=None):
    """Add void serve(board) to a module."""
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [INT]), name)
    code = _Code(function)
    b, (board,) = code.b, function.args
    look, news, rest, end = (code.block(word) for word in ("look", "news", "rest", "end"))
    code.add(board, SERVING, 1)
    before = b.block
    b.branch(look)
    b.position_at_end(look)
    asked, last = b.phi(INT), b.phi(INT)
    for phi in (asked, last):
        phi.add_incoming(INT(0), before)
    number = code.look(board, NUMBER)
    b.cbranch(b.icmp_signed("!=", number, last), news, rest)
    b.position_at_end(news)
    code.add(board, READERS, 1)
    job = code.look(board, JOB)
    there = b.icmp_signed("!=", job, INT(0))
    with b.if_then(there):
        code.add(job, PRESENT, 1)
    code.add(board, READERS, -1)
    with b.if_then(there):
        worker = b.add(code.add(job, JOINED, 1), INT(1))
        with b.if_then(b.icmp_signed("<", worker, code.read(job, WORKERS))):
            b.call(_steps_of(module), [job, worker])
        code.add(job, PRESENT, -1)
    for phi, value in ((asked, INT(0)), (last, number)):
        phi.add_incoming(value, b.block)
    b.branch(look)
    b.position_at_end(rest)
    code.pause()
    with b.if_then(b.icmp_signed("==", b.and_(asked, INT(PATIENCE - 1)), INT(PATIENCE - 1))):
        code.let_others_run()
    for phi, value in ((asked, b.add(asked, INT(1))), (last, last)):
        phi.add_incoming(value, b.block)
    b.cbranch(b.icmp_signed("<", asked, INT(STAY)), look, end)
    b.position_at_end(end)
    code.add(board, SERVING, -1)
    b.ret_void()


def _steps_of(module):
    """void steps(job, worker): the steps of a job, as far as there are units left."""
    name = "symdiff_steps"
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [INT]*2), name)
    function.linkage = "internal"
    code = _Code(function)
    b, (job, worker) = code.b, function.args
    for record in code.records(job):
        code.work(job, record, worker)
        code.wait(lambda: b.icmp_signed("==", code.look(record, DONE), code.read(record, UNITS)))      # noqa: B023
    b.ret_void()
    return function


class _Code:
    """A function being written."""

    def __init__(self, function):
        self.function = function
        self.b = ir.IRBuilder(function.append_basic_block("entry"))

    def block(self, name):
        return self.function.append_basic_block(name)

    def place(self, base, word):
        b = self.b
        return b.inttoptr(b.add(base, INT(WORD*word)), INT.as_pointer())

    def read(self, base, word):
        return self.b.load(self.place(base, word))

    def look(self, base, word):
        """A word that other threads write."""
        return self.b.load_atomic(self.place(base, word), _ORDER, WORD)

    def add(self, base, word, by):
        """Add to a word that other threads write; what was there."""
        return self.b.atomic_rmw("add", self.place(base, word), INT(by), _ORDER)

    def records(self, job):
        """The records of a job's steps in order, inside a loop."""
        b = self.b
        for k in counted(b, self.read(job, STEPS)):
            yield b.add(b.add(job, INT(WORD*HEADER)), b.mul(k, INT(WORD*STEP)))

    def work(self, job, record, worker):
        """Units of a step, as long as there are any."""
        b = self.b
        take, do, none = (self.block(word) for word in ("take", "do", "none"))
        b.branch(take)
        b.position_at_end(take)
        unit = self.add(record, NEXT, 1)
        b.cbranch(b.icmp_signed("<", unit, self.read(record, UNITS)), do, none)
        b.position_at_end(do)
        each, chunks = self.read(record, EACH), self.read(record, CHUNKS)
        low = b.mul(unit, each)
        high = b.add(low, each)
        high = b.select(b.icmp_signed("<", high, chunks), high, chunks)
        kernel = b.inttoptr(self.read(job, KERNEL), KERNEL_KIND.as_pointer())
        b.call(kernel, [self.read(job, TABLE), self.read(record, PHASE), low, high, worker])
        self.add(record, DONE, 1)
        b.branch(take)
        b.position_at_end(none)

    def wait(self, until):
        """Until a condition holds."""
        b = self.b
        ask, again, done = (self.block(word) for word in ("ask", "again", "done"))
        before = b.block
        b.branch(ask)
        b.position_at_end(ask)
        asked = b.phi(INT)
        asked.add_incoming(INT(0), before)
        b.cbranch(until(), done, again)
        b.position_at_end(again)
        self.pause()
        with b.if_then(b.icmp_signed(">", asked, INT(PATIENCE))):
            self.let_others_run()
        asked.add_incoming(b.add(asked, INT(1)), b.block)
        b.branch(ask)
        b.position_at_end(done)

    def pause(self):
        """Tell the processor that this is a loop that waits."""
        machine, number = platform.machine().lower(), ir.IntType(32)
        if machine in ("x86_64", "amd64"):
            self.call(ir.VoidType(), "llvm.x86.sse2.pause")
        elif machine in ("arm64", "aarch64"):
            self.call(ir.VoidType(), "llvm.aarch64.hint", number(1))

    def let_others_run(self):
        self.call(ir.IntType(32), "SwitchToThread" if sys.platform == "win32" else "sched_yield")

    def call(self, result, name, *values):
        kind = ir.FunctionType(result, [v.type for v in values])
        self.b.call(declared(self.b.module, kind, name), values)
