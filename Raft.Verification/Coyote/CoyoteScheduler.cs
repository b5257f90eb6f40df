using Raft.Verification.Simulation;
using CoyoteOperation = Microsoft.Coyote.Runtime.Operation;
using SchedulingPoint = Microsoft.Coyote.Runtime.SchedulingPoint;

namespace Raft.Verification.Coyote;

/// <summary>
/// Hands everything that can happen to Coyote: a continuation, a message in flight, a write in flight is a task of Coyote's, and its scheduler decides which
/// of them goes on, also in the middle of the rewritten node, at each lock and at each task it begins. Time and faults are tasks too.
/// </summary>
internal sealed class CoyoteScheduler(CoyoteStrategy strategy, Choices choices) : Scheduler(choices)
{
    private readonly CoyoteContext _coyote = new();

    // What was handed to Coyote, and has not ended.
    private readonly HashSet<Operation> _begun = [];
    private int _active;
    private Task _scenario = Task.CompletedTask;
    private long _maxSteps;
    private bool _stopped;

    /// <summary>Called as soon as something is wrong; it does not return. Null: nobody listens.</summary>
    public Action<Violation>? Violated { get; set; }

    /// <summary>Called with the scenario when it is done, or nothing can happen any more. Null: nobody listens.</summary>
    public Action<Task>? Judge { get; set; }

    // Nothing goes on before time does.
    private bool IsIdle => _active == 0;

    /// <inheritdoc/>
    public override void EnsureControlled()
    {
        // Coyote itself reports what it does not control.
    }

    /// <inheritdoc/>
    public override void AddContinuation(OperationContext context, SendOrPostCallback callback, object? state)
    {
        if (!context.Ended)
        {
            _active++;
            _coyote.Post(() => GoOn(context, callback, state));
        }
    }

    /// <inheritdoc/>
    public override void AddWork(Operation operation)
    {
        base.AddWork(operation);
        if (!IsFair)
        {
            Begin(operation);
        }
    }

    /// <inheritdoc/>
    public override void StateChanged()
    {
        base.StateChanged();
        StopIfViolated();
    }

    /// <summary>Runs a scenario to its end.</summary>
    public async Task RunAsync(OperationContext context, Func<Task> scenario, long maxSteps)
    {
        _maxSteps = maxSteps;
        SchedulingPoint.Suppress();
        _scenario = context.Begin(scenario);
        SchedulingPoint.Resume();
        _ = Task.Run(PassTime);
        _ = Task.Run(BreakThings);
        await Task.WhenAny((Task[])[_scenario]);
        Judge?.Invoke(_scenario);
        StopIfViolated();
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

    private void Begin(Operation operation)
    {
        if (!_begun.Add(operation))
        {
            return;
        }

        _active++;
        SchedulingPoint.Suppress();
        _ = Task.Run(() => Happen(operation));
        SchedulingPoint.Resume();
    }

    // What the simulated world does is atomic: it stands for no code of production.
    private void Happen(Operation operation)
    {
        SchedulingPoint.Suppress();
        if (_begun.Remove(operation) && Work.Span.Contains(operation))
        {
            BeginStep(operation);
            Guard(operation);
        }

        EndStep();
        SchedulingPoint.Resume();
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
    }

    private void StopIfViolated()
    {
        if (Violation is { } violation && !_stopped)
        {
            _stopped = true;
            Violated?.Invoke(violation);
        }
    }

    // A task of its own: timers run out, and in fair time what is due happens.
    private void PassTime()
    {
        while (!_scenario.IsCompleted)
        {
            var next = Steps + Draw(strategy.StepsPerTimer);
            CoyoteOperation.PauseUntil(() => IsIdle || (!IsFair && Steps >= next));
            SchedulingPoint.Suppress();
            _active++;
            if (!(IsFair ? BeginDue() : RunTimer()) && Work.Count == 0 && _active == 1 && !EndPause())
            {
                Judge?.Invoke(_scenario);
            }

            EndStep();
            SchedulingPoint.Resume();
        }
    }

    // A task of its own: something breaks, or is mended.
    private void BreakThings()
    {
        while (!_scenario.IsCompleted)
        {
            var next = Steps + Draw(strategy.StepsPerFault);
            CoyoteOperation.PauseUntil(() => Steps >= next && Faults.Count > 0);
            SchedulingPoint.Suppress();
            _active++;
            RunHere(Faults.Span[Choices.Integer(Faults.Count)]);
            EndStep();
            SchedulingPoint.Resume();
        }
    }

    private int Draw(int mean) => 1 + Choices.Integer(2 * mean);

    private bool RunTimer()
    {
        if (Timers.Count == 0)
        {
            return false;
        }

        RunHere(Timers.Span[Choices.Integer(Timers.Count)]);
        return true;
    }

    private bool BeginDue()
    {
        AdvanceTime();
        var any = false;
        foreach (var operation in Work.Span.ToArray())
        {
            if (operation.Due <= Now)
            {
                any = true;
                Begin(operation);
            }
        }

        foreach (var timer in Timers.Span.ToArray())
        {
            if (timer.Due <= Now)
            {
                any = true;
                RunHere(timer);
            }
        }

        return any;
    }

    private void RunHere(Operation operation)
    {
        BeginStep(operation);
        Guard(operation);
        _coyote.Enter();
    }
}
