namespace DeterministicSimulation;

/// <summary>
/// Runs unmodified async code under control: whatever can happen next is an operation, and one happens at a time. A simulated cluster says here what can
/// happen; which of it happens next an engine decides: the embedded one, or Microsoft Coyote.
/// </summary>
/// <param name="choices">Where all nondeterminism comes from.</param>
public abstract class Scheduler(Choices choices)
{
    // A scenario asks for a few dozen things in a step.
    private const int _mostCalls = 100_000;

    private readonly List<Wait> _waits = [];
    private bool _stateChanged;
    private int _calls;
    private Violation? _ofObserver;

    /// <summary>Where all nondeterminism comes from.</summary>
    public Choices Choices => choices;

    /// <summary>True time, in ticks since the schedule began. It never goes back.</summary>
    public long Now { get; private set; }

    /// <summary>How many operations have run.</summary>
    public long Steps { get; private set; }

    /// <summary>
    /// Whether time is fair: then everything happens at its time, in order. Otherwise anything may happen at any time: a timer may run out
    /// long before a message arrives that was sent long ago.
    /// </summary>
    public bool IsFair { get; set; }

    /// <summary>Whether nobody wants to know what a schedule that is not done waits for: to find that out takes longer than to run a short one.</summary>
    public bool IsBrief { get; init; }

    /// <summary>The first thing that was seen to be wrong; it ends the schedule.</summary>
    public Violation? Violation { get; protected set; }

    /// <summary>What may break or be mended.</summary>
    public OperationList Faults { get; } = new();

    /// <summary>What can happen but for timers and faults.</summary>
    public OperationList Work { get; } = new();

    /// <summary>Timers that are armed.</summary>
    public OperationList Timers { get; } = new();

    /// <summary>Called for each operation before it runs; null: nobody listens.</summary>
    public Action<Operation>? Running { get; set; }

    /// <summary>Notes that something is wrong; the first one stays.</summary>
    public void Violate(string property, string message) => Violation ??= new Violation(property, message, Steps);

    /// <summary>Notes that an observer of the system sees that something is wrong. The first violation stays.</summary>
    /// <param name="property">The property that does not hold.</param>
    /// <param name="message">What is wrong, in words; made only where it is noted.</param>
    /// <param name="subjects">What the message names.</param>
    /// <param name="supersedes">
    /// Whether it takes the place of what an observer noted before: the same event violates a property that is nearer to the cause.
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

    /// <summary>Something changed that a condition may look at.</summary>
    public virtual void StateChanged() => _stateChanged = true;

    /// <summary>
    /// The scenario asks for something. One that goes on for ever without letting a step happen is ended here: no limit on steps would.
    /// </summary>
    /// <exception cref="InvalidOperationException">It asked too often within one step.</exception>
    public void CountCall()
    {
        if (++_calls > _mostCalls)
        {
            throw new InvalidOperationException(
                $"it has asked for more than {_mostCalls:N0} things within one step, and lets no other step happen");
        }
    }

    /// <summary>Decides how time goes until faults end.</summary>
    public void BeginTime(TimeMode mode) => IsFair = mode == TimeMode.Virtual || (mode == TimeMode.Either && choices.IsTimeVirtual());

    /// <summary>Makes sure that the caller is controlled code.</summary>
    public abstract void EnsureControlled();

    /// <summary>Code that was waiting in a context can go on.</summary>
    public abstract void AddContinuation(OperationContext context, SendOrPostCallback callback, object? state);

    /// <summary>Something can happen; in fair time when it is due.</summary>
    public virtual void AddWork(Operation operation) => Work.Add(operation);

    /// <summary>A timer was armed.</summary>
    public void AddTimer(Operation timer) => Timers.Add(timer);

    /// <summary>A timer was disarmed.</summary>
    public void RemoveTimer(Operation timer) => Timers.Remove(timer);

    /// <summary>Takes away all that a context was about to do.</summary>
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

    /// <summary>What a scenario that is not done waits for, in words.</summary>
    public string WaitsFor(Task scenario) =>
        IsBrief ? "for what, nobody asked" : $"{AsyncCode.WaitsFor(scenario)}{string.Concat(_waits.Select(wait => $" > {wait.What}"))}";

    /// <summary>An operation is about to run: it is a step.</summary>
    protected void BeginStep(Operation operation)
    {
        Steps++;
        _calls = 0;
        if (operation.Kind == OperationKind.Timer)
        {
            // Whenever a timer runs out, by its own clock it is not too early.
            Timers.Remove(operation);
            Now = Math.Max(Now, operation.Due);
        }
        else if (operation.Kind != OperationKind.Fault)
        {
            Work.Remove(operation);
        }

        Running?.Invoke(operation);
    }

    /// <summary>Lets fair time go on to the next moment at which something is due.</summary>
    protected void AdvanceTime()
    {
        var next = long.MaxValue;
        foreach (var operation in Work.Span)
        {
            next = Math.Min(next, operation.Due);
        }

        foreach (var timer in Timers.Span)
        {
            next = Math.Min(next, timer.Due);
        }

        if (next < long.MaxValue)
        {
            Now = Math.Max(Now, next);
        }
    }

    /// <summary>After a step: who waits for what holds now goes on.</summary>
    protected void CheckWaits()
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

    /// <summary>Nothing else can happen: a pause has lasted long enough.</summary>
    /// <returns>False if nobody pauses.</returns>
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

    /// <summary>Says that a scenario is not done after all the steps it may take.</summary>
    protected void GiveUp(Task scenario, long maxSteps) =>
        Violate("Termination", $"The scenario is not done after {maxSteps} steps; it waits: {WaitsFor(scenario)}.");

    private Task WaitAsync(Wait wait)
    {
        _waits.Add(wait);
        return wait.Done.Task;
    }

    private sealed record Wait(long Step, Func<bool>? Condition, string What)
    {
        public TaskCompletionSource Done { get; } = new(What);
    }
}
