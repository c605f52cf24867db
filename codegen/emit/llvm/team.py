"""Nothing goes in; the function team(address of a job, worker, number of the call) comes out: what each thread of a call does.

A job is a kernel's call, cut into steps of units (codegen.team makes it).  Each thread takes the next unit of a step until
none is left, and waits until all of them are done before it goes on to the next step: who does which unit changes no bit.
A thread that comes late finds nothing left, and one that never comes is not missed.  Worker 0 is the caller: it closes the
job at the end and returns only when nobody else is inside.

Waiting is a loop that asks again and again, and lets others run where it lasts: threads that sleep take longer to wake, some
50 µs, than most steps take.
"""
import platform
import sys

from llvmlite import ir

from codegen.vectormath.llvm_ops import declared

from .code import INT
from .python import KERNEL_KIND

WORD = 8                        # bytes
LINE = 8                        # words of a cache line: what threads write lies in lines of its own
# Words of a job, then of each step's record.
KERNEL, TABLE, STEPS, CALL, CLOSED, PRESENT, HEADER = 0, 1, 2, 3, 4, LINE, 2*LINE
PHASE, UNITS, EACH, CHUNKS, NEXT, DONE, STEP = 0, 1, 2, 3, LINE, 2*LINE, 3*LINE
PATIENCE = 1 << 12              # questions before others are let run

_ORDER = "seq_cst"


def emit_team(module, name, itemtype=None):
    """Add the function to a module."""
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [INT]*3), name)
    _Team(function).write()


class _Team:
    """The function being written."""

    def __init__(self, function):
        self.function, self.job = function, function.args[0]
        self.b = ir.IRBuilder(function.append_basic_block("entry"))
        self.leave = function.append_basic_block("leave")

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

    def write(self):
        b, job, (_, worker, call) = self.b, self.job, self.function.args
        caller = b.icmp_signed("==", worker, INT(0))
        self.add(job, PRESENT, 1)
        # Open first: a call that was open while PRESENT told of us waits for us, if the job is still of this call.
        welcome = b.and_(b.icmp_signed("==", self.look(job, CLOSED), INT(0)), b.icmp_signed("==", self.look(job, CALL), call))
        first = b.block
        head, step, end = (self.block(word) for word in ("head", "step", "end"))
        b.cbranch(welcome, head, self.leave)
        b.position_at_end(head)
        k = b.phi(INT)
        k.add_incoming(INT(0), first)
        b.cbranch(b.icmp_signed("<", k, self.read(job, STEPS)), step, end)
        b.position_at_end(step)
        record = b.add(b.add(job, INT(WORD*HEADER)), b.mul(k, INT(WORD*STEP)))
        self.work(record, worker)
        self.wait(lambda: b.icmp_signed("==", self.look(record, DONE), self.read(record, UNITS)))
        k.add_incoming(b.add(k, INT(1)), b.block)
        b.branch(head)
        b.position_at_end(end)
        with b.if_then(caller):
            b.store_atomic(INT(1), self.place(job, CLOSED), _ORDER, WORD)
            self.wait(lambda: b.icmp_signed("==", self.look(job, PRESENT), INT(1)))
        b.branch(self.leave)
        b.position_at_end(self.leave)
        self.add(job, PRESENT, -1)
        b.ret_void()

    def work(self, record, worker):
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
        kernel = b.inttoptr(self.read(self.job, KERNEL), KERNEL_KIND.as_pointer())
        b.call(kernel, [self.read(self.job, TABLE), self.read(record, PHASE), low, high, worker])
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
