using DeterministicSimulation;

namespace Raft.Tests.Exploration.Strategies;

/// <summary>A small program of threads. Each step of a thread happens at a server. The next step of each thread is enabled.</summary>
/// <param name="threads">For each thread, the servers of its steps, in order.</param>
internal sealed class Threads(params int[][] threads)
{
    /// <summary>A program with a thread for each number, which takes so many steps at its own server.</summary>
    public static Threads Apart(params int[] steps) =>
        new([.. steps.Select((count, thread) => Enumerable.Repeat(thread + 1, count).ToArray())]);

    /// <summary>Runs the program to its end, or for a number of steps.</summary>
    /// <returns>The thread of each step, as a letter.</returns>
    public string Run(IStrategy strategy, ulong seed, int steps = int.MaxValue)
    {
        strategy.Begin(seed);
        var order = Go(strategy, steps);
        strategy.End(new ScheduleYield(0, order.Length));
        return order;
    }

    /// <summary>The orders that occur with these seeds, in the schedules in which only the strategy's order delays work.</summary>
    public IReadOnlyList<string> OrdersOf(IStrategy strategy, int seeds)
    {
        bool IsTimeVirtual(ulong seed)
        {
            strategy.Begin(seed);
            return strategy.ChooseTime() == 0;
        }

        var virtualTimes = Enumerable.Range(0, seeds).Select(seed => (ulong)seed).Where(IsTimeVirtual);
        return [.. virtualTimes.Select(seed => Run(strategy, seed)).Distinct().Order()];
    }

    /// <summary>Runs the program in a schedule that has begun.</summary>
    public string Go(IStrategy strategy, int steps = int.MaxValue)
    {
        List<Operation> enabled = [.. threads.Select((_, thread) => new Step(thread, 0, threads[thread][0]))];
        var order = "";
        while (enabled.Count > 0 && order.Length < steps)
        {
            var choice = enabled.Count == 1 ? 0 : strategy.ChooseOperation(new EnabledOperations([.. enabled], [], []));
            var step = (Step)enabled[choice];
            enabled.RemoveAt(choice);
            order += (char)('a' + step.Thread);
            if (step.Number + 1 < threads[step.Thread].Length)
            {
                enabled.Add(new Step(step.Thread, step.Number + 1, threads[step.Thread][step.Number + 1]));
            }
        }

        return order;
    }

    /// <summary>All possible orders.</summary>
    public IReadOnlyList<string> Orders()
    {
        List<string> orders = [""];
        for (var length = threads.Sum(thread => thread.Length); length > 0; length--)
        {
            orders = [.. orders.SelectMany(order => threads
                .Select((steps, thread) => (Letter: (char)('a' + thread), steps.Length))
                .Where(thread => order.Count(letter => letter == thread.Letter) < thread.Length)
                .Select(thread => order + thread.Letter))];
        }

        return orders;
    }

    /// <summary>The outcome of an order: the order of the threads at each server.</summary>
    public string Outcome(string order)
    {
        var next = new int[threads.Length];
        var outcome = new SortedDictionary<int, string>();
        foreach (var letter in order)
        {
            var thread = letter - 'a';
            var server = threads[thread][next[thread]++];
            outcome[server] = outcome.GetValueOrDefault(server, "") + letter;
        }

        return string.Join(' ', outcome.Values);
    }

    private sealed class Step(int thread, int number, int server) : Operation
    {
        public int Thread => thread;

        public int Number => number;

        public override OperationKind Kind => OperationKind.Continuation;

        public override int Server => server;

        public override void Run()
        {
        }
    }
}
