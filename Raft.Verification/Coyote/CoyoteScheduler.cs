using DeterministicSimulation;
using CoyoteOperation = Microsoft.Coyote.Runtime.Operation;
using SchedulingPoint = Microsoft.Coyote.Runtime.SchedulingPoint;

namespace Raft.Verification.Coyote;

/// <summary>
/// Gives all operations to Coyote: a server's code, its disk, its deliveries, time and faults are tasks of Coyote, and Coyote's scheduler
/// decides which of them continues. Scheduling points also lie inside the rewritten node, at each lock and at each task that it begins.
/// </summary>
/// <remarks>
/// There are few tasks, and each is reused for further work: at every decision Coyote looks at every task that was ever created, and
/// q-learning identifies tasks by their numbers.
/// </remarks>
/// <param name="strategy">Gets the choices from Coyote.</param>
/// <param name="choices">The source of all nondeterminism.</param>
/// <param name="stop">Stops the schedule.</param>
internal sealed class CoyoteScheduler(CoyoteStrategy strategy, Choices choices, CancellationToken stop = default) : Scheduler(choices)
{
    // The step after which timers only run when the cluster is idle; most schedules are shorter. Some strategies of Coyote are not fair:
    // while timers run by themselves, they may never run anything else.
    private const long _lastUnpromptedTimer = 1_500;
    private readonly CoyoteContext _coyote = new();

    // The networks and disks that have a task, by server.
    private readonly HashSet<(OperationKind Kind, int Server)> _places = [];

    // The tasks that have no code to run now, by server.
    private readonly Dictionary<int, Stack<CodeTask>> _idle = [];
    private int _active;
    private readonly TaskCompletionSource _stoppedEarly = new();
    private Task _scenario = Task.CompletedTask;
    private long _maxSteps;

    // A property is violated, or Coyote or the caller has stopped the schedule.
    private bool _stopped;

    /// <summary>Called at the first violation; it does not return. Can be null.</summary>
    public Action<Violation>? Violated { get; set; }

    /// <summary>Called with the scenario when it is done or no operation is left. Can be null.</summary>
    public Action<Task>? Judge { get; set; }

    /// <inheritdoc/>
    public override bool ControlsStreams => false;

    private bool IsOver => _stopped || _scenario.IsCompleted;

    // Only the clock can continue.
    private bool IsIdle => _active == 0 && !Work.Any(CanHappen);

    /// <inheritdoc/>
    public override void EnsureControlled()
    {
        // Coyote itself reports work that it does not control.
    }

    /// <inheritdoc/>
    public override void AddContinuation(OperationContext context, SendOrPostCallback callback, object? state)
    {
        if (context.Ended || _stopped)
        {
            return;
        }

        if (!_idle.TryGetValue(context.Server, out var idle))
        {
            _idle.Add(context.Server, idle = []);
        }

        _active++;
        var isNew = !idle.TryPop(out var task);
        task ??= new CodeTask();
        task.Code = () => Continue(context, callback, state);
        if (isNew)
        {
            Begin(() => RunCode(task, idle));
        }

        // SchedulingPoint.Interleave would ignore SchedulingPoint.Suppress.
        Decide(CoyoteOperation.ScheduleNext);
    }

    /// <inheritdoc/>
    public override void AddWork(Operation operation)
    {
        base.AddWork(operation);
        var (kind, server) = (operation.Kind, operation.Server);
        if (_places.Add((kind, server)))
        {
            Begin(() => RunWork(kind, server));
        }
    }

    /// <inheritdoc/>
    public override void StateChanged()
    {
        base.StateChanged();
        StopIfViolated();
    }

    /// <summary>Runs a scenario to its end.</summary>
    /// <returns>False if the schedule was stopped before the end.</returns>
    public async Task<bool> RunAsync(OperationContext context, Func<Task> scenario, long maxSteps)
    {
        _maxSteps = maxSteps;
        SchedulingPoint.Suppress();
        _scenario = context.Begin(scenario);
        SchedulingPoint.Resume();
        Begin(PassTime);
        Begin(RunFaults);
        await Task.WhenAny((Task[])[_scenario, _stoppedEarly.Task]);
        if (_stoppedEarly.Task.IsCompleted)
        {
            return false;
        }

        Judge?.Invoke(_scenario);
        StopIfViolated();
        return true;
    }

    /// <inheritdoc/>
    protected override void SuppressInterleaving() => SchedulingPoint.Suppress();

    /// <inheritdoc/>
    protected override void ResumeInterleaving() => SchedulingPoint.Resume();

    // Coyote breaks a task if the schedule ends while the task begins. No other task continues until it has begun.
    private void Begin(Action task)
    {
        SchedulingPoint.Suppress();
        Decide(() => _ = Task.Run(task));
        SchedulingPoint.Resume();
    }

    private void Decide(Action code)
    {
        if (!CoyoteContext.Decide(code))
        {
            _stopped = true;
        }
    }

    // A task that runs the code of one server or of the scenario. The number of these tasks is the largest number of continuations ready at
    // once.
    private void RunCode(CodeTask task, Stack<CodeTask> idle)
    {
        while (!IsOver)
        {
            CoyoteOperation.PauseUntil(() => task.Code is not null);
            task.Code!();
            task.Code = null;
            idle.Push(task);
        }
    }

    private void Continue(OperationContext context, SendOrPostCallback callback, object? state)
    {
        // Other tasks may continue in the middle of a server's code. The scenario is atomic up to its next await.
        var isServer = context.Server != 0;
        if (!isServer)
        {
            SchedulingPoint.Suppress();
        }

        if (!context.Ended)
        {
            var continuation = new Continuation().Set(context, callback, state);
            BeginStep(continuation);
            Guard(continuation);
        }

        EndStep();
        if (!isServer)
        {
            SchedulingPoint.Resume();
        }
    }

    // The task of a network or a disk: a message arrives at a server, or a write of its disk becomes durable.
    private void RunWork(OperationKind kind, int server)
    {
        bool Is(Operation operation) => operation.Kind == kind && operation.Server == server && CanHappen(operation);
        while (!IsOver)
        {
            CoyoteOperation.PauseUntil(() => Work.Any(Is));
            RunAtomically(() => RunHere(Choose([.. Work.Span.ToArray().Where(Is)])));
        }
    }

    // The task of the clock: timers run out. After the end of faults, the clock advances to the next due time.
    private void PassTime()
    {
        while (!IsOver)
        {
            var next = Steps + Draw(strategy.StepsPerTimer);
            CoyoteOperation.PauseUntil(() => IsIdle || (!IsFair && Steps >= next && Steps < _lastUnpromptedTimer));
            RunAtomically(() =>
            {
                if (!(IsFair ? RunDueTimers() : RunTimer()) && Work.Count == 0 && _active == 1 && !EndPause())
                {
                    Judge?.Invoke(_scenario);
                }
            });
        }
    }

    // The task of faults: a fault begins or ends.
    private void RunFaults()
    {
        while (!IsOver)
        {
            var next = Steps + Draw(strategy.StepsPerFault);
            CoyoteOperation.PauseUntil(() => Steps >= next && Faults.Count > 0);
            RunAtomically(() => RunHere(Choose(Faults.Span)));
        }
    }

    // Operations of the simulation are atomic: they do not stand for production code.
    private void RunAtomically(Action step)
    {
        SchedulingPoint.Suppress();
        _active++;
        step();
        EndStep();
        SchedulingPoint.Resume();
    }

    private void RunHere(Operation operation)
    {
        BeginStep(operation);
        Guard(operation);
        _coyote.Enter();
    }

    private void Guard(Operation operation)
    {
        try
        {
            operation.Run();
        }
        catch (Exception exception) when (exception is not ThreadInterruptedException)
        {
            Violate(
                "UnhandledException", $"{operation}, and this throws: {exception.Message}{Environment.NewLine}{StackText.Of(exception)}");
        }
    }

    private void EndStep()
    {
        _coyote.Enter();
        SchedulingPoint.Suppress();
        CheckWaits();
        _active--;
        if (Steps >= _maxSteps)
        {
            GiveUp(_scenario, _maxSteps);
        }

        SchedulingPoint.Resume();
        StopIfViolated();
        if (stop.IsCancellationRequested && !_stopped)
        {
            _stopped = true;
            _stoppedEarly.TrySetResult();
        }
    }

    private void StopIfViolated()
    {
        if (Violation is { } violation && !_stopped)
        {
            _stopped = true;
            Violated?.Invoke(violation);
        }
    }

    private bool CanHappen(Operation operation) => !IsFair || operation.Due <= Now;

    private Operation Choose(ReadOnlySpan<Operation> operations) => operations[Choices.Number(operations.Length)];

    private int Draw(int mean) => 1 + Choices.Number(2 * mean);

    private bool RunTimer()
    {
        if (Timers.Count == 0)
        {
            return false;
        }

        RunHere(Choose(Timers.Span));
        return true;
    }

    private bool RunDueTimers()
    {
        AdvanceTime();
        var any = Work.Any(CanHappen);
        foreach (var timer in Timers.Span.ToArray().Where(CanHappen))
        {
            any = true;
            RunHere(timer);
        }

        return any;
    }

    private sealed class CodeTask
    {
        public Action? Code { get; set; }
    }
}
