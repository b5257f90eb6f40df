using DeterministicSimulation;
using Raft.Tests.Exploration.Strategies;

namespace Raft.Tests.Exploration;

public sealed class TimedOperationsTests
{
    private readonly TimedOperations _list = new();
    private readonly List<Operation> _expected = [];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_is_due_is_what_a_search_of_all_operations_finds(int seed)
    {
        var random = new Random(seed);
        var now = 0L;
        for (var step = 0; step < 20_000; step++)
        {
            Change(random, now);
            if (random.Next(4) == 0)
            {
                now += random.Next(3);
            }

            if (random.Next(2) == 0)
            {
                Assert.Equal(_expected.Where(operation => operation.Due <= now), _list.Due(now).ToArray());
            }

            Assert.Equal(_expected, _list.Span.ToArray());
            Assert.Equal(_expected.Count == 0 ? long.MaxValue : _expected.Min(operation => operation.Due), _list.FirstDue());
        }
    }

    [Fact]
    public void A_removed_operation_may_be_due_at_another_time_and_be_added_again()
    {
        var operation = new Work(OperationKind.DiskWrite) { Due = 5 };
        _list.Add(operation);
        Assert.Equal([operation], _list.Due(5).ToArray());
        _list.Remove(operation);
        operation.Due = 7;
        Assert.Equal([], _list.Due(6).ToArray());
        _list.Add(operation);
        Assert.Equal([], _list.Due(6).ToArray());
        Assert.Equal([operation], _list.Due(7).ToArray());
    }

    private void Change(Random random, long now)
    {
        var index = random.Next(_expected.Count + 1);
        switch (random.Next(_expected.Count > 30 ? 3 : 2) + (random.Next(3) == 0 ? 1 : 0))
        {
            case 0:
                var added = new Work(OperationKind.DiskWrite) { Due = now + random.Next(-1, 6) };
                _list.Add(added);
                _expected.Add(added);
                break;
            case 1 when index < _expected.Count:
                _list.Remove(_expected[index]);
                _expected.RemoveAt(index);
                break;
            case 2 when index < _expected.Count:
                _expected[index].Due = now + random.Next(-1, 6);
                break;
            case 3:
                var (from, to) = (now + 2, now + 3);
                _list.RemoveWhere(operation => operation.Due >= from && operation.Due <= to);
                _expected.RemoveAll(operation => operation.Due >= from && operation.Due <= to);
                break;
        }
    }
}
