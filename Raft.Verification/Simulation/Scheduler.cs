using Raft.Verification.Exploration;
using Raft.Verification.Specifications;

namespace Raft.Verification.Simulation;

/// <summary>
/// Runs unmodified async code under control, on one thread: whatever can happen next is an operation, and a strategy picks one a step. An
/// operation runs until its code awaits something that has not happened.
/// </summary>
internal sealed class Scheduler
{
    private readonly OperationList _work = new();
    private readonly OperationList _timers = new();
    private readonly OperationList _faults = new();
    private readonly OperationList _dueWork = new();
    private readonly OperationList _dueTimers = new();
    private readonly Stack<Continuation> _pool = new();
    private readonly List<Wait> _waits = [];
    private Operation? _running;
    private bool _stateChanged;

    public Scheduler(Choices choices)
    {
        Choices = choices;
        Escapes = new Escapes();
    }

    /// <summary>Where all nondeterminism comes from.</summary>
    public Choices Choices { get; }

    /// <summary>What left the scheduler.</summary>
    public Escapes Escapes { get; }

    /// <summary>True time, in ticks since the schedule began. It never goes back.</summary>
    public long Now { get; private set; }

    /// <summary>How many operations have run.</summary>
    public long Steps { get; private set; }

    /// <summary>
    /// Whether time is fair: then everything happens at its time, in order. Otherwise anything may happen at any time: a timer may run out
    /// long before a message arrives that was sent long ago.
    /// </summary>
    public bool IsFair { get; set; }

    /// <summary>The first thing that was seen to be wrong; it ends the schedule.</summary>
    public Violation? Violation { get; private set; }

    /// <summary>What may break or be mended.</summary>
    public OperationList Faults => _faults;

    /// <summary>What can happen but for timers and faults.</summary>
    public OperationList Work => _work;

    /// <summary>Called for each operation before it runs; null: nobody listens.</summary>
    public Action<Operation>? Running { get; set; }

    /// <summary>Notes that something is wrong; the first one stays.</summary>
    public void Violate(string property, string message) => Violation ??= new Violation(property, message, Steps);

    /// <summary>Notes that a monitor says that something is wrong; the first one stays.</summary>
    public void Violate(string property, Testimony testimony) =>
        Violation ??= new Violation(property, testimony.ToString(), Steps) { Witnesses = testimony.Witnesses };

    /// <summary>Says what is wrong once all is over: work that has left the scheduler explains whatever else was seen.</summary>
    public void BlameEscape() =>
        Violation = new Violation("EscapedWork", $"Work has left the scheduler, for threads that it does not control: {Escapes.Describe()}.", Steps);

    /// <summary>Something changed that a condition may look at.</summary>
    public void StateChanged() => _stateChanged = true;

    /// <summary>Makes sure that the caller is controlled code.</summary>
    public void EnsureControlled()
    {
        if (Escapes.IsForeignThread)
        {
            Escapes.Report($"a call came{Environment.NewLine}{Environment.StackTrace}{Environment.NewLine}");
            throw new InvalidOperationException("Work has left the scheduler: this thread is not under its control.");
        }
    }

    public void AddContinuation(OperationContext context, SendOrPostCallback callback, object? state)
    {
        var continuation = (_pool.TryPop(out var pooled) ? pooled : new Continuation()).Set(context, callback, state);
        continuation.Due = Now;
        _work.Add(continuation);
    }

    public void AddWork(Operation operation) => _work.Add(operation);

    public void AddTimer(Operation timer) => _timers.Add(timer);

    public void RemoveTimer(Operation timer) => _timers.Remove(timer);

    /// <summary>Takes away all that a context was about to do.</summary>
    public void End(OperationContext context)
    {
        context.End();
        _work.RemoveWhere(operation => operation is Continuation continuation && continuation.Context == context);
        _timers.RemoveWhere(operation => SimulatedClock.BelongsTo(operation, context));
    }

    /// <summary>Completes when a number of steps have passed, or nothing else can happen.</summary>
    public Task PauseAsync(int steps) => WaitAsync(new Wait(Steps + steps, null, "a pause"));

    /// <summary>Completes when a condition holds.</summary>
    public Task UntilAsync(Func<bool> condition, string what) =>
        condition() ? Task.CompletedTask : WaitAsync(new Wait(long.MaxValue, condition, what));

    /// <summary>Runs operations until a task is done, something is wrong, or the limit is reached.</summary>
    public void Run(Task task, long maxSteps)
    {
        try
        {
            RunSteps(task, maxSteps);
        }
        catch (Exception exception) when (exception is not ReplayDivergedException)
        {
            // No task took it: it comes from a disk that a write does not fit, a timer, a monitor. A find like any other, with a trace.
            Violate("UnhandledException", $"{_running?.ToString() ?? "A condition is looked at that the scenario waits for"}, and this throws: {exception.Message}{Environment.NewLine}{exception}");
        }
    }

    private void RunSteps(Task task, long maxSteps)
    {
        while (!task.IsCompleted && Violation is null)
        {
            if (Escapes.Any)
            {
                BlameEscape();
                return;
            }

            if (Steps >= maxSteps)
            {
                Violate("Termination", $"The scenario is not done after {maxSteps} steps; it waits: {AsyncCode.WaitsFor(task)}{Waiting()}.");
                return;
            }

            if (!Step() && !EndPause())
            {
                return;
            }

            // Who waits goes on as an operation of its own, not in here.
            SynchronizationContext.SetSynchronizationContext(Escapes.Elsewhere);
            CheckWaits();
        }
    }

    /// <summary>What the scenario waits for, for reports.</summary>
    public string Waiting() => string.Concat(_waits.Select(wait => $" > {wait.What}"));

    private bool Step()
    {
        var enabled = Enabled();
        if (enabled.Work.Length + enabled.Timers.Length == 0)
        {
            return false;
        }

        var operation = enabled[Choices.Operation(enabled)];
        Steps++;
        if (operation.Kind == OperationKind.Timer)
        {
            // Whenever a timer runs out, by its own clock it is not too early.
            _timers.Remove(operation);
            Now = Math.Max(Now, operation.Due);
        }
        else if (operation.Kind != OperationKind.Fault)
        {
            _work.Remove(operation);
        }

        _running = operation;
        Running?.Invoke(operation);
        operation.Run();
        _running = null;
        if (operation is Continuation continuation)
        {
            _pool.Push(continuation.Set(null!, null!, null));
        }

        return true;
    }

    private EnabledOperations Enabled()
    {
        if (!IsFair)
        {
            return new EnabledOperations(_work.Span, _timers.Span, _faults.Span);
        }

        if (!CollectDue())
        {
            var next = long.MaxValue;
            foreach (var operation in _work.Span)
            {
                next = Math.Min(next, operation.Due);
            }

            foreach (var timer in _timers.Span)
            {
                next = Math.Min(next, timer.Due);
            }

            if (next < long.MaxValue)
            {
                Now = Math.Max(Now, next);
                CollectDue();
            }
        }

        return new EnabledOperations(_dueWork.Span, _dueTimers.Span, _faults.Span) { Pending = _work.Span };
    }

    private bool CollectDue()
    {
        _dueWork.Clear();
        _dueTimers.Clear();
        foreach (var operation in _work.Span)
        {
            if (operation.Due <= Now)
            {
                _dueWork.Add(operation);
            }
        }

        foreach (var timer in _timers.Span)
        {
            if (timer.Due <= Now)
            {
                _dueTimers.Add(timer);
            }
        }

        return _dueWork.Count + _dueTimers.Count > 0;
    }

    private Task WaitAsync(Wait wait)
    {
        _waits.Add(wait);
        return wait.Done.Task;
    }

    private void CheckWaits()
    {
        for (var i = 0; i < _waits.Count; i++)
        {
            var wait = _waits[i];
            if (Steps >= wait.Step || (_stateChanged && wait.Condition?.Invoke() == true))
            {
                _waits.RemoveAt(i--);
                wait.Done.SetResult();
            }
        }

        _stateChanged = false;
    }

    // Nothing else can happen: a pause has lasted long enough.
    private bool EndPause()
    {
        var index = _waits.FindIndex(wait => wait.Condition is null);
        if (index < 0)
        {
            return false;
        }

        var pause = _waits[index];
        _waits.RemoveAt(index);
        pause.Done.SetResult();
        return true;
    }

    private sealed record Wait(long Step, Func<bool>? Condition, string What)
    {
        public TaskCompletionSource Done { get; } = new(What);
    }
}
