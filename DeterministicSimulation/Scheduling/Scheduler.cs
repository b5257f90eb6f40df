namespace DeterministicSimulation;

/// <summary>
/// Runs unmodified async code under control: everything that can happen next is an operation, and operations run one at a time. A simulated
/// system adds its operations here. An engine, the embedded one or Microsoft Coyote, decides which of them runs next.
/// </summary>
/// <param name="choices">The source of all nondeterminism.</param>
public abstract class Scheduler(Choices choices)
{
    // A workload makes a few dozen calls in a step.
    private const int _mostCalls = 100_000;

    private readonly List<Wait> _waits = [];
    private long _firstPauseEnds = long.MaxValue;
    private bool _stateChanged;
    private int _calls;
    private Violation? _ofObserver;

    /// <summary>The source of all nondeterminism.</summary>
    public Choices Choices => choices;

    /// <summary>True time, in ticks since the schedule began. It never decreases.</summary>
    public long Now { get; private set; }

    /// <summary>How many operations have run.</summary>
    public long Steps { get; private set; }

    /// <summary>
    /// Whether time is fair: every operation happens when it is due, in order. Otherwise any operation may happen at any time: a timer may
    /// run out before a message arrives that was sent long before.
    /// </summary>
    public bool IsFair { get; set; }

    /// <summary>
    /// Skips the diagnosis of what a stuck schedule is waiting for. The diagnosis takes longer than running a short schedule.
    /// </summary>
    public bool SkipsDiagnosis { get; init; }

    /// <summary>Whether the engine controls a call of <see cref="Stream"/> that waits.</summary>
    public virtual bool ControlsStreams => true;

    /// <summary>The first violation; it ends the schedule.</summary>
    public Violation? Violation { get; protected set; }

    /// <summary>Faults that may strike or end.</summary>
    public OperationList Faults { get; } = new();

    /// <summary>Operations other than timers and faults.</summary>
    public TimedOperations Work { get; } = new();

    /// <summary>Timers that are armed.</summary>
    public TimedOperations Timers { get; } = new();

    /// <summary>Called before each operation runs, if not null.</summary>
    public Action<Operation>? Running { get; set; }

    /// <summary>Records a violation; only the first is kept.</summary>
    public void Violate(string property, string message) => Violation ??= new Violation(property, message, Steps);

    /// <summary>Records a violation that an observer of the system saw; only the first is kept.</summary>
    /// <param name="property">The property that does not hold.</param>
    /// <param name="message">What is wrong, in words. Its text is made only if the violation is recorded.</param>
    /// <param name="subjects">Makes the list of what the message names.</param>
    /// <param name="supersedes">
    /// Whether it replaces an earlier violation that an observer saw: the same event violates a property that is closer to the cause.
    /// </param>
    public void Violate(string property, object message, Func<object?> subjects, bool supersedes)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(subjects);
        if (Violation is null || (supersedes && Violation == _ofObserver))
        {
            Violation = _ofObserver = new Violation(property, message.ToString()!, Steps) { Subjects = subjects() };
        }
    }

    /// <summary>Reports that a state changed that conditions (<see cref="UntilAsync"/>) may depend on.</summary>
    public virtual void StateChanged() => _stateChanged = true;

    /// <summary>
    /// Counts a call of the workload. A workload that calls for ever within one step is ended here: the limit on steps would not end it.
    /// </summary>
    /// <exception cref="InvalidOperationException">There were too many calls within one step.</exception>
    public void CountCall()
    {
        if (++_calls > _mostCalls)
        {
            throw new InvalidOperationException(
                $"it made more than {_mostCalls:N0} calls within one step, and lets no other step run");
        }
    }

    /// <summary>Decides how time passes until faults end.</summary>
    public void BeginTime(TimeMode mode) =>
        IsFair = mode == TimeMode.Virtual || (mode == TimeMode.Either && choices.IsTimeVirtual());

    /// <summary>Checks that the caller runs under control.</summary>
    /// <exception cref="InvalidOperationException">The calling thread is not under control.</exception>
    public abstract void EnsureControlled();

    /// <summary>Adds code that was waiting in a context and can continue.</summary>
    public abstract void AddContinuation(OperationContext context, SendOrPostCallback callback, object? state);

    /// <summary>Adds an operation that can run now; in fair time, when it is due.</summary>
    public virtual void AddWork(Operation operation) => Work.Add(operation);

    /// <summary>Adds a timer that was armed.</summary>
    public void AddTimer(Operation timer) => Timers.Add(timer);

    /// <summary>Removes a timer that was disarmed.</summary>
    public void RemoveTimer(Operation timer) => Timers.Remove(timer);

    /// <summary>Ends a context and removes its operations.</summary>
    public virtual void End(OperationContext context)
    {
        context.End();
        Timers.RemoveWhere(operation => SimulatedClock.BelongsTo(operation, context));
    }

    /// <summary>Completes when a number of steps have passed, or nothing else can happen.</summary>
    public Task PauseAsync(int steps) => WaitAsync(new Wait(Steps + steps, null, "a pause"));

    /// <summary>Completes when a condition holds.</summary>
    public Task UntilAsync(Func<bool> condition, string what) =>
        condition() ? Task.CompletedTask : WaitAsync(new Wait(long.MaxValue, condition, what));

    /// <summary>What a workload that is not done waits for, in words.</summary>
    public string WaitsFor(Task workload) =>
        SkipsDiagnosis
            ? "not diagnosed"
            : $"{AsyncCode.WaitsFor(workload)}{string.Concat(_waits.Select(wait => $" > {wait.What}"))}";

    /// <summary>
    /// Lets no other operation run in the middle of the caller's code, until the region is disposed of. Otherwise an engine may do so
    /// where the code takes a lock, for instance.
    /// </summary>
    public AtomicRegion BeginAtomic()
    {
        SuppressInterleaving();
        return new AtomicRegion(this);
    }

    /// <summary>
    /// No other operation runs until <see cref="ResumeInterleaving"/>, unless the current one waits. Calls may be nested.
    /// </summary>
    protected virtual void SuppressInterleaving()
    {
        // Operations do not run in the middle of others.
    }

    /// <summary>Ends the effect of a call of <see cref="SuppressInterleaving"/>.</summary>
    protected virtual void ResumeInterleaving()
    {
        // As above.
    }

    /// <summary>Begins the step of an operation that is about to run.</summary>
    /// <param name="operation">The operation.</param>
    protected void BeginStep(Operation operation)
    {
        Steps++;
        _calls = 0;
        if (operation.Kind == OperationKind.Timer)
        {
            // A timer never runs out early by its own clock.
            Timers.Remove(operation);
            Now = Math.Max(Now, operation.Due);
        }
        else if (operation.Kind != OperationKind.Fault)
        {
            Work.Remove(operation);
        }

        Running?.Invoke(operation);
    }

    /// <summary>Advances fair time to the next moment at which an operation is due.</summary>
    protected void AdvanceTime()
    {
        var next = Math.Min(Work.FirstDue(), Timers.FirstDue());
        if (next < long.MaxValue)
        {
            Now = Math.Max(Now, next);
        }
    }

    /// <summary>Completes the waits whose condition holds after a step.</summary>
    protected void CheckWaits()
    {
        if (Steps < _firstPauseEnds && !_stateChanged)
        {
            return;
        }

        _firstPauseEnds = long.MaxValue;
        for (var i = 0; i < _waits.Count; i++)
        {
            var wait = _waits[i];
            if (Steps >= wait.Step || (_stateChanged && wait.Condition?.Invoke() == true))
            {
                _waits.RemoveAt(i--);
                wait.Done.SetResult();
            }
            else
            {
                _firstPauseEnds = Math.Min(_firstPauseEnds, wait.Step);
            }
        }

        _stateChanged = false;
    }

    /// <summary>Ends the oldest pause, when nothing else can happen.</summary>
    /// <returns>False if there is no pause.</returns>
    protected bool EndPause()
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

    /// <summary>Records that a workload is not done after the largest number of steps.</summary>
    protected void GiveUp(Task workload, long maxSteps) =>
        Violate("Termination", $"The scenario is not done after {maxSteps} steps; it waits: {WaitsFor(workload)}.");

    private Task WaitAsync(Wait wait)
    {
        _waits.Add(wait);
        _firstPauseEnds = Math.Min(_firstPauseEnds, wait.Step);
        return wait.Done.Task;
    }

    /// <summary>Code in whose middle no other operation runs.</summary>
    /// <param name="scheduler">The engine.</param>
    public readonly struct AtomicRegion(Scheduler scheduler) : IDisposable
    {
        /// <summary>Other operations may run again.</summary>
        public void Dispose() => scheduler.ResumeInterleaving();
    }

    private sealed record Wait(long Step, Func<bool>? Condition, string What)
    {
        public TaskCompletionSource Done { get; } = new(What);
    }
}
