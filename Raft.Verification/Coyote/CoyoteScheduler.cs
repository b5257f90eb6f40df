using DeterministicSimulation;
using CoyoteOperation = Microsoft.Coyote.Runtime.Operation;
using SchedulingPoint = Microsoft.Coyote.Runtime.SchedulingPoint;

namespace Raft.Verification.Coyote;

/// <summary>
/// Hands everything that can happen to Coyote: a server's code, its disk, what arrives at it, time and faults are tasks of Coyote's, and its scheduler decides
/// which of them goes on, also in the middle of the rewritten node, at each lock and at each task it begins.
/// </summary>
/// <remarks>
/// The tasks are few, and go on to the next thing when one is done: Coyote looks at every task there ever was at each of its decisions, and q-learning learns
/// about each by its number.
/// </remarks>
/// <param name="strategy">Makes Coyote's choices.</param>
/// <param name="choices">Where all nondeterminism comes from.</param>
/// <param name="stop">Ends the schedule before its end.</param>
internal sealed class CoyoteScheduler(CoyoteStrategy strategy, Choices choices, CancellationToken stop = default) : Scheduler(choices)
{
    // More than most schedules take. Not all strategies of Coyote's are fair: as long as time goes on by itself, something else may never happen.
    private const long _stepsOfHaste = 1_500;
    private readonly CoyoteContext _coyote = new();

    // What has a task: the network and the disk of each server.
    private readonly HashSet<(OperationKind Kind, int Server)> _places = [];

    // The tasks that have no code to run now, by the server whose code they run.
    private readonly Dictionary<int, Stack<CodeTask>> _idle = [];
    private int _active;
    private readonly TaskCompletionSource _cut = new();
    private Task _scenario = Task.CompletedTask;
    private long _maxSteps;

    // Something is violated, or the schedule was ended, by Coyote or before its end.
    private bool _stopped;

    /// <summary>Called as soon as something is wrong; it does not return. Null: nobody listens.</summary>
    public Action<Violation>? Violated { get; set; }

    /// <summary>Called with the scenario when it is done, or nothing can happen any more. Null: nobody listens.</summary>
    public Action<Task>? Judge { get; set; }

    private bool IsOver => _stopped || _scenario.IsCompleted;

    // Nothing goes on before time does.
    private bool IsIdle => _active == 0 && !Work.Any(CanHappen);

    /// <inheritdoc/>
    public override void EnsureControlled()
    {
        // Coyote itself reports what it does not control.
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
        task.Code = () => GoOn(context, callback, state);
        if (isNew)
        {
            Begin(() => RunCode(task, idle));
        }

        // Not SchedulingPoint.Interleave, which nothing suppresses.
        Decide(CoyoteOperation.ScheduleNext);
    }

    /// <inheritdoc/>
    public override void AddWork(Operation operation)
    {
        base.AddWork(operation);
        var (kind, server) = (operation.Kind, operation.Server);
        if (_places.Add((kind, server)))
        {
            Begin(() => LetHappen(kind, server));
        }
    }

    /// <inheritdoc/>
    public override void StateChanged()
    {
        base.StateChanged();
        StopIfViolated();
    }

    /// <summary>Runs a scenario to its end.</summary>
    /// <returns>False: it was stopped before.</returns>
    public async Task<bool> RunAsync(OperationContext context, Func<Task> scenario, long maxSteps)
    {
        _maxSteps = maxSteps;
        SchedulingPoint.Suppress();
        _scenario = context.Begin(scenario);
        SchedulingPoint.Resume();
        Begin(PassTime);
        Begin(BreakThings);
        await Task.WhenAny((Task[])[_scenario, _cut.Task]);
        if (_cut.Task.IsCompleted)
        {
            return false;
        }

        Judge?.Invoke(_scenario);
        StopIfViolated();
        return true;
    }

    // A schedule that ends while it begins a task breaks the task: no other goes on until it has begun.
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

    // A task that runs the code of one server, or of the scenario. There are as many as there was code that could go on at the same time.
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

    private void GoOn(OperationContext context, SendOrPostCallback callback, object? state)
    {
        // In the middle of a server's own code others may go on; what the scenario does is atomic, up to its next await.
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

    // A task of its own: a message arrives at a server, or a write of its disk becomes durable.
    private void LetHappen(OperationKind kind, int server)
    {
        bool Is(Operation operation) => operation.Kind == kind && operation.Server == server && CanHappen(operation);
        while (!IsOver)
        {
            CoyoteOperation.PauseUntil(() => Work.Any(Is));
            Happen(() => RunHere(Choose([.. Work.Span.ToArray().Where(Is)])));
        }
    }

    // A task of its own: timers run out, and in fair time the clock goes on to when something is due.
    private void PassTime()
    {
        while (!IsOver)
        {
            var next = Steps + Draw(strategy.StepsPerTimer);
            CoyoteOperation.PauseUntil(() => IsIdle || (!IsFair && Steps >= next && Steps < _stepsOfHaste));
            Happen(() =>
            {
                if (!(IsFair ? RunDueTimers() : RunTimer()) && Work.Count == 0 && _active == 1 && !EndPause())
                {
                    Judge?.Invoke(_scenario);
                }
            });
        }
    }

    // A task of its own: something breaks, or is mended.
    private void BreakThings()
    {
        while (!IsOver)
        {
            var next = Steps + Draw(strategy.StepsPerFault);
            CoyoteOperation.PauseUntil(() => Steps >= next && Faults.Count > 0);
            Happen(() => RunHere(Choose(Faults.Span)));
        }
    }

    // What the simulated world does is atomic: it stands for no code of production.
    private void Happen(Action step)
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
            Violate("UnhandledException", $"{operation}, and this throws: {exception.Message}{Environment.NewLine}{StackText.Of(exception)}");
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
            _cut.TrySetResult();
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
