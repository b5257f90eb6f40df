using Raft.Impl.Core;
using Raft.Verification.Specifications;

namespace Raft.Tests.Specifications;

public sealed class TestimonyTests
{
    [Fact]
    public void Whoever_and_whatever_the_words_name_is_a_witness_once()
    {
        var testimony = Take(
            $"{new ServerId(3)} and {new ServerId(1)} committed {new LogIndex(4)} in {new Term(2)}; {new ServerId(3)} says so {5} times");

        Assert.Equal("S3 and S1 committed 4 in 2; S3 says so 5 times", testimony.ToString());
        Assert.Equal([1, 3], testimony.Witnesses.Servers);
        Assert.Equal([4L], testimony.Witnesses.Indexes);
        Assert.Equal([2L], testimony.Witnesses.Terms);
    }

    private static Testimony Take(Testimony testimony) => testimony;
}
